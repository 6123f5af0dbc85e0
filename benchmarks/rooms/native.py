from django_ahead.asgi import get_asgi_application

application = get_asgi_application()

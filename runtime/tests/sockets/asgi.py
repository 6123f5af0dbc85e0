import os

from django_ahead.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socket_settings")
application = get_asgi_application()

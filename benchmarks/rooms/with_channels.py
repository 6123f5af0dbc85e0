from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from rooms.consumers import Room  # noqa: E402


class ChannelsRoom(Room, AsyncWebsocketConsumer):  # type: ignore[misc]
    pass


websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("room/", ChannelsRoom.as_asgi())])))
application = ProtocolTypeRouter({"http": http, "websocket": websocket})

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from rooms.consumers import Room


class ChannelsRoom(Room, AsyncWebsocketConsumer):  # type: ignore[misc]  # Room is made for either library
    pass


websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("room/", ChannelsRoom.as_asgi())])))
application = ProtocolTypeRouter({"http": http, "websocket": websocket})

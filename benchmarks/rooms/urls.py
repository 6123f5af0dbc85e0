from django_ahead.urls import websocket_path
from django_ahead.websocket import WebSocketConsumer
from rooms.consumers import Room


class NativeRoom(Room, WebSocketConsumer):  # type: ignore[misc]  # Room is made for either library
    pass


urlpatterns = [websocket_path("room/", NativeRoom)]

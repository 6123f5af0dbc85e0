"""WebSockets: consumers as Channels has them, without Channels.

    from django_ahead.websocket import WebSocketConsumer


    class ChatConsumer(WebSocketConsumer):
        async def connect(self):
            await self.channel_layer.group_add("chat", self.channel_name)
            await self.accept()

        async def receive(self, text_data=None, bytes_data=None):
            await self.channel_layer.group_send("chat", {"type": "chat.message", "text": text_data})

        async def chat_message(self, event):
            await self.send(text_data=event["text"])

They are routed by `django_ahead.urls.websocket_path` and served by `django_ahead.asgi.get_asgi_application`.
"""

from __future__ import annotations

from django_ahead.websocket.consumer import LowLevelWebSocketConsumer, WebSocketConsumer
from django_ahead.websocket.exceptions import (
    AcceptConnection,
    ChannelFull,
    ConnectionClosed,
    DenyConnection,
    InvalidChannelLayerError,
    InvalidMessage,
    StopConsumer,
)
from django_ahead.websocket.json_consumer import JsonWebSocketConsumer
from django_ahead.websocket.layers import get_layer

__all__ = [
    "AcceptConnection",
    "ChannelFull",
    "ConnectionClosed",
    "DenyConnection",
    "InvalidChannelLayerError",
    "InvalidMessage",
    "JsonWebSocketConsumer",
    "LowLevelWebSocketConsumer",
    "StopConsumer",
    "WebSocketConsumer",
    "get_layer",
]

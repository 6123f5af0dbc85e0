"""Consumers that do one thing each; what happens to them is read at /events/."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async

from django_ahead.websocket import (
    AcceptConnection,
    DenyConnection,
    JsonWebSocketConsumer,
    LowLevelWebSocketConsumer,
    StopConsumer,
    WebSocketConsumer,
)
from library.models import Author

# What happened, by the token that a client has in its query.
events: dict[str, list[str]] = {}


class Recording(WebSocketConsumer):
    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.scope["query_string"].decode()).items()}

    def record(self, what: str) -> None:
        events.setdefault(self.query.get("token", ""), []).append(what)

    async def disconnect(self, code: int) -> None:
        self.record(f"disconnect {code}")


class Echo(Recording):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data, bytes_data)


class EchoJson(JsonWebSocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json({"got": content})


class Commands(Recording):
    """Does what a text says."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        command, *rest = (text_data or "").split()
        await getattr(self, f"do_{command}")(*rest)

    async def do_close(self, code: str, reason: str | None = None) -> None:
        await self.close(int(code), reason)

    async def do_fail(self) -> None:
        raise ValueError("as told")

    async def do_stop(self) -> None:
        raise StopConsumer

    async def do_flood(self, count: str, size: str) -> None:
        for number in range(int(count)):
            await self.send(bytes_data=b"x" * int(size))
            self.record(f"sent {number}")

    async def do_sleep(self, seconds: str) -> None:
        await asyncio.sleep(float(seconds))
        await self.send("slept")

    async def do_spin(self) -> None:
        """Sends to itself without end."""
        await self.channel_layer.send(self.channel_name, {"type": "spin"})

    async def spin(self, event: dict[str, Any]) -> None:
        await self.do_spin()


class Deny(Recording):
    async def connect(self) -> None:
        raise DenyConnection


class Accept(Recording):
    async def connect(self) -> None:
        raise AcceptConnection


class Hang(Recording):
    """Neither accepts nor refuses."""

    async def connect(self) -> None:
        self.record("connect")


class HangWithin(Recording):
    async def connect(self) -> None:
        await asyncio.sleep(60)


class FailToConnect(Recording):
    async def connect(self) -> None:
        raise ValueError("before accept()")


class Subprotocol(Recording):
    async def connect(self) -> None:
        await self.accept(self.scope["subprotocols"][-1], headers=[(b"X-Answer", b"42"), ("x-text", "é")])


class Inject(Recording):
    """Puts what a client said into its answer."""

    async def connect(self) -> None:
        name, value = self.query["where"], self.query["what"]
        if name == "subprotocol":
            await self.accept(value)
        else:
            await self.accept(headers=[(name, value)] if name == "header" else [(value, "x")])


class Room(JsonWebSocketConsumer):
    """A room of a chat."""

    async def connect(self) -> None:
        self.group = f"room_{self.kwargs['room']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.channel_layer.group_send(self.group, {"type": "room.message", "text": content["text"]})

    async def room_message(self, event: dict[str, Any]) -> None:
        await self.send_json({"text": event["text"]})


class Hall(JsonWebSocketConsumer):
    """Everyone is in it."""

    groups = ("hall",)

    async def hall_message(self, event: dict[str, Any]) -> None:
        await self.send_json(event["content"])


class WhoAmI(JsonWebSocketConsumer):
    greeting = "hello"

    async def connect(self) -> None:
        await self.accept()
        await self.send_json(
            {
                "user": str(self.scope["user"]),
                "cart": self.scope["session"].get("cart"),
                "kwargs": {name: repr(value) for name, value in self.kwargs.items()},
                "args": list(self.args),
                "greeting": self.greeting,
                "thread": await sync_to_async(lambda: threading.current_thread().name)(),
                "authors": [author.name async for author in Author.objects.order_by("pk")],
            }
        )


class LowLevel(LowLevelWebSocketConsumer):
    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.send", "text": message["text"].upper()})

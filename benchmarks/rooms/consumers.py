"""One consumer, for either base class."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model


class Room:
    """Echoes what begins with "e"; says everything else to all."""

    channel_layer: Any
    channel_name: str
    accept: Any
    send: Any

    async def connect(self) -> None:
        # As most consumers do: it is what threads are for.
        self.users = await get_user_model().objects.acount()
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        if text_data.startswith("e"):
            await self.send(text_data=text_data)
        else:
            await self.channel_layer.group_send("room", {"type": "room.message", "text": text_data})

    async def room_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("room", self.channel_name)

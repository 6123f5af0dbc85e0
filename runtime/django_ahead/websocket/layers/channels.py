"""A layer of Channels, for a site that is on Channels in part: both halves are in the same groups.

    AHEAD_WEBSOCKET = {"LAYERS": {"default": {"BACKEND": "django_ahead.websocket.layers.channels.ChannelsLayer"}}}

`CHANNEL_LAYERS` is read as before. What its layer raises is raised here, and messages go the way they always did: each
socket listens by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync

from django_ahead.websocket.exceptions import InvalidChannelLayerError
from django_ahead.websocket.inbox import Inbox, Message
from django_ahead.websocket.layers.background import begin, is_on_loop
from django_ahead.websocket.layers.base import Layer

logger = logging.getLogger("django_ahead.websocket")

# Seconds that sync code waits for the layer.
_SECONDS = 10


class ChannelsLayer(Layer):
    """The layer with this alias in CHANNEL_LAYERS. Raises InvalidChannelLayerError if there is none."""

    def __init__(self, alias: str = "default") -> None:
        from channels.layers import get_channel_layer

        self._layer: Any = get_channel_layer(alias)
        if self._layer is None:
            raise InvalidChannelLayerError(f"CHANNEL_LAYERS has no {alias!r}.")
        self._listeners: dict[str, asyncio.Task[None]] = {}
        self._joined: dict[str, set[str]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def attach(self, inbox: Inbox) -> str:
        channel: str = await self._layer.new_channel()
        self._loop = asyncio.get_running_loop()
        self._listeners[channel] = begin(self._listen(channel, inbox))
        return channel

    async def _detach(self, channel: str) -> None:
        for group in self._joined.pop(channel, set()):
            try:
                await self._layer.group_discard(group, channel)
            except Exception:
                logger.exception("%s was not taken out of the group %s.", channel, group)
        if (listener := self._listeners.pop(channel, None)) is not None:
            listener.cancel()
            await asyncio.wait([listener])

    async def group_add(self, group: str, channel: str) -> None:
        await self._layer.group_add(group, channel)
        if channel in self._listeners:
            self._joined.setdefault(channel, set()).add(group)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._layer.group_discard(group, channel)
        self._joined.get(channel, set()).discard(group)

    async def group_send(self, group: str, message: Message) -> None:
        await self._layer.group_send(group, message)

    async def send(self, channel: str, message: Message) -> None:
        await self._layer.send(channel, message)

    def group_send_sync(self, group: str, message: Message) -> None:
        self._run(self._layer.group_send, group, message)

    def send_sync(self, channel: str, message: Message) -> None:
        self._run(self._layer.send, channel, message)

    async def flush(self) -> None:
        await self._layer.flush()

    async def close(self) -> None:
        for channel in list(self._listeners):
            await self.detach(channel)

    async def _listen(self, channel: str, inbox: Inbox) -> None:
        while True:
            try:
                inbox.put(await self._layer.receive(channel))
            except Exception:
                logger.exception("%s receives nothing for a second.", channel)
                await asyncio.sleep(1)

    def _run(self, send: Callable[..., Any], name: str, message: Message) -> None:
        if is_on_loop():
            begin(send(name, message))
        elif self._loop is not None and self._loop.is_running():
            # The layer in memory is for one loop, that of the sockets.
            asyncio.run_coroutine_threadsafe(send(name, message), self._loop).result(_SECONDS)
        else:
            async_to_sync(send)(name, message)

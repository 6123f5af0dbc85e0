"""The layer for one process: development, tests, and sites that run as a single process."""

from __future__ import annotations

from django_ahead.websocket.inbox import Inbox, Message
from django_ahead.websocket.layers.base import Layer, check_channel, check_group, check_message
from django_ahead.websocket.layers.local import Node


class MemoryLayer(Layer):
    """Groups of the sockets of this process, whichever of its event loops they are on."""

    def __init__(self) -> None:
        self._node = Node()

    async def attach(self, inbox: Inbox) -> str:
        channel = self._node.new_name()
        self._node.here().attach(channel, inbox)
        return channel

    async def _detach(self, channel: str) -> None:
        self._node.here().detach(channel)

    async def group_add(self, group: str, channel: str) -> None:
        check_group(group)
        check_channel(channel)
        self._node.here().add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        check_group(group)
        check_channel(channel)
        self._node.here().discard(group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        self.group_send_sync(group, message)

    async def send(self, channel: str, message: Message) -> None:
        self.send_sync(channel, message)

    def group_send_sync(self, group: str, message: Message) -> None:
        check_group(group)
        check_message(message)
        for local in self._node.everywhere():
            local.deliver_to_group(group, message)

    def send_sync(self, channel: str, message: Message) -> None:
        check_channel(channel)
        check_message(message)
        if (local := self._node.owner(channel)) is not None:
            local.deliver(channel, message)

    async def flush(self) -> None:
        self._node.here().flush()

    async def close(self) -> None:
        await self.flush()

"""What waits to be handled by one consumer: messages of its client and of layers, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

Message = dict[str, Any]


class Inbox:
    """A queue with one reader, on one event loop.

    Messages of layers are bounded: what comes when `limit` of them wait is dropped and counted. Of its client a
    consumer reads one message ahead, so that the server's flow control reaches the client.
    """

    __slots__ = ("_from_client", "_messages", "_room", "_waiter", "dropped", "limit", "loop")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self.loop = asyncio.get_running_loop()
        self._messages: deque[tuple[Message, bool]] = deque()
        self._from_client = 0
        self._waiter: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    def put(self, message: Message) -> bool:
        """Adds a message of a layer; False if there was no room for it. To be called on the loop of the inbox."""
        if len(self._messages) - self._from_client >= self.limit:
            self.dropped += 1
            return False
        self._messages.append((message, False))
        self._wake(self._waiter)
        return True

    def put_from_client(self, message: Message) -> None:
        """Adds a message of the client. `room()` is to be awaited before the next is read."""
        self._messages.append((message, True))
        self._from_client += 1
        self._wake(self._waiter)

    async def room(self) -> None:
        """Returns when no more than one message of the client waits."""
        while self._from_client > 1:
            self._room = self.loop.create_future()
            await self._room

    async def get(self) -> Message:
        """The next message. Other tasks run in between, also when the messages never end."""
        if self._messages:
            await asyncio.sleep(0)
        while not self._messages:
            self._waiter = self.loop.create_future()
            await self._waiter
        message, from_client = self._messages.popleft()
        if from_client:
            self._from_client -= 1
            self._wake(self._room)
        return message

    @staticmethod
    def _wake(waiting: asyncio.Future[None] | None) -> None:
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

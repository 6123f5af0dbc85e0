"""The open sockets of each event loop: one clock looks after all of them, and the end of the server ends them."""

from __future__ import annotations

import asyncio
import itertools
import time
from weakref import WeakKeyDictionary

from django_ahead.conf import websocket_settings
from django_ahead.websocket import contexts, transport
from django_ahead.websocket.connection import CLOSE, Connection

# Seconds between two looks at timeouts, and between two at database connections.
TICK = 0.5
CLEAN = 5.0

_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, OpenSockets] = WeakKeyDictionary()


class OpenSockets:
    """The sockets of one loop. Its clock runs while there are any, and once more to clean up after the last."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._clock: asyncio.TimerHandle | None = None
        self._cleaned = time.monotonic()
        # Whether there were sockets without a thread of the pool.
        self._shares = False
        self._empty: asyncio.Future[None] | None = None
        self._shutting_down: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: Connection) -> None:
        self._connections.add(connection)
        self._shares = self._shares or contexts.is_shared()
        if self._clock is None:
            self._clock = asyncio.get_running_loop().call_later(TICK, self._tick)

    def discard(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)

    async def shut_down(self) -> None:
        """Closes all sockets with 1012, and ends consumers that do not end themselves."""
        if not self._connections:
            return
        self._empty = asyncio.get_running_loop().create_future()
        for connection in self._connections:
            connection.inbox.put_from_client({"type": CLOSE, "code": 1012})
        await asyncio.wait([self._empty], timeout=websocket_settings().shutdown_timeout)
        for connection in list(self._connections):
            connection.cut(1012)
        await asyncio.wait([self._empty], timeout=1)

    def _tick(self) -> None:
        now = time.monotonic()
        if any(transport.is_stopping(connection.scope) for connection in itertools.islice(self._connections, 1)):
            self._shutting_down = asyncio.get_running_loop().create_task(self.shut_down())
            return
        for connection in list(self._connections):
            if (code := connection.overdue(now)) is not None:
                connection.cut(code)
        if now - self._cleaned > CLEAN or not self._connections:
            self._cleaned = now
            contexts.clean_all()
            if self._shares:
                contexts.clean(None)
        loop = asyncio.get_running_loop()
        self._clock = loop.call_later(TICK, self._tick) if self._connections else None


def open_sockets() -> OpenSockets:
    """Those of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = OpenSockets()
    return found

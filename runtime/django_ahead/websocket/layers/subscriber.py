"""Listening to Redis on one event loop: one connection, which is made again and subscribed again after an outage."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from django_ahead.websocket.layers.outage import PAUSE, Outage
from django_ahead.websocket.layers.redis_clients import ERRORS

logger = logging.getLogger("django_ahead.websocket")

# Seconds of silence after which Redis is asked for a sign of life, and seconds that it has to give one.
_SILENCE = 20.0
_PONG = 5.0
# Seconds that add() waits for Redis to confirm.
_CONFIRM = 2.0


class Subscriber:
    """Keys that are wanted, and a task that keeps Redis sending what is published to them."""

    def __init__(self, client: Any, outage: Outage, on_message: Callable[[str, bytes], None]) -> None:
        self._client, self._outage, self._on_message = client, outage, on_message
        self._wanted: set[str] = set()
        self._subscribed: set[str] = set()
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._pubsub: Any = None
        self._is_connected = False
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def want(self, key: str) -> None:
        """Begins to listen, without waiting for it."""
        self._wanted.add(key)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen())

    async def add(self, key: str) -> None:
        """Listens to a key. Returns when Redis has confirmed it: from now on nothing is missed. Does not raise."""
        self.want(key)
        if key not in self._confirmed:
            self._confirmed[key] = asyncio.get_running_loop().create_future()
        await self._reconcile(key)
        if not self._outage.is_on and not self._confirmed[key].done():
            await asyncio.wait([self._confirmed[key]], timeout=_CONFIRM)

    async def discard(self, key: str) -> None:
        """Listens to a key no more. Does not raise."""
        self._wanted.discard(key)
        self._confirmed.pop(key, None)
        await self._reconcile(key)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.aclose()

    async def _reconcile(self, key: str) -> None:
        """Has Redis do what is wanted now: adding and discarding may overtake each other."""
        async with self._lock:
            if not self._is_connected or (key in self._wanted) == (key in self._subscribed):
                return
            try:
                if key in self._wanted:
                    self._subscribed.add(key)
                    await self._pubsub.subscribe(key)
                else:
                    self._subscribed.discard(key)
                    await self._pubsub.unsubscribe(key)
            except ERRORS:
                # The task notices it too, and subscribes to what is wanted then.
                return

    async def _listen(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._subscribe_to_all(), _PONG)
                await self._receive()
            except ERRORS as error:
                self._begin_outage(error)
            except Exception as error:
                logger.exception("Redis said what is not understood.")
                self._begin_outage(error)
            finally:
                await self._hang_up()
            await asyncio.sleep(PAUSE)

    async def _subscribe_to_all(self) -> None:
        pubsub = self._client.pubsub()
        self._pubsub, self._subscribed = pubsub, set(self._wanted)
        await pubsub.subscribe(*self._subscribed)
        self._is_connected = True
        self._outage.end()
        # What has changed while nobody waited for this.
        for key in self._wanted ^ self._subscribed:
            await self._reconcile(key)

    async def _receive(self) -> None:
        asked = False
        while True:
            message = await self._pubsub.get_message(timeout=_PONG if asked else _SILENCE)
            if message is None:
                if asked:
                    raise TimeoutError("Redis gives no sign of life.")
                await self._pubsub.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                self._deliver(message["channel"].decode(), message["data"])
            elif message["type"] == "subscribe":
                self._confirm(message["channel"].decode())

    def _deliver(self, key: str, data: bytes) -> None:
        try:
            self._on_message(key, data)
        except Exception:
            # Others may publish to the same Redis.
            logger.exception("A message to %s is not understood.", key)

    def _confirm(self, key: str) -> None:
        if (waiting := self._confirmed.get(key)) is not None and not waiting.done():
            waiting.set_result(None)

    def _begin_outage(self, error: BaseException) -> None:
        self._outage.begin(error)
        for key, waiting in self._confirmed.items():
            if waiting.done():
                self._confirmed[key] = asyncio.get_running_loop().create_future()
            else:
                # Nobody waits for what is down.
                waiting.set_result(None)

    async def _hang_up(self) -> None:
        pubsub, self._pubsub, self._is_connected = self._pubsub, None, False
        if pubsub is not None:
            try:
                await pubsub.aclose()
            except ERRORS:
                return

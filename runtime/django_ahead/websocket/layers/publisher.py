"""Publishing to Redis from one event loop: over one connection, what waits at the same time in one go."""

from __future__ import annotations

import asyncio
from typing import Any

from django_ahead.websocket.layers.outage import Outage

_BATCH = 500


class Publisher:
    """`publish()` returns when Redis has the message, or has failed to take it; it does not raise."""

    def __init__(self, client: Any, outage: Outage) -> None:
        self._client, self._outage = client, outage
        self._waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def publish(self, key: str, data: bytes) -> None:
        if self._outage.drops():
            return
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((key, data, done))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._publish_waiting())
        await done

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.aclose()

    async def _publish_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            try:
                await self._publish(batch)
                self._outage.end()
            except Exception as error:
                # Whoever publishes waits for this, so nothing may stop it.
                self._outage.begin(error)
            finally:
                for *_, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _publish(self, batch: list[tuple[str, bytes, asyncio.Future[None]]]) -> None:
        if len(batch) == 1:
            await self._client.publish(*batch[0][:2])
            return
        async with self._client.pipeline(transaction=False) as pipeline:
            for key, data, _ in batch:
                pipeline.publish(key, data)
            await pipeline.execute()

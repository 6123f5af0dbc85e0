"""What one event loop has of Redis: a connection to publish with and one to listen with, closed with the loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

from django_ahead.websocket.layers import redis_clients
from django_ahead.websocket.layers.outage import Outage
from django_ahead.websocket.layers.publisher import Publisher
from django_ahead.websocket.layers.subscriber import Subscriber


class RedisLink:
    """To be made on its loop. Nothing connects before it has to."""

    def __init__(self, url: str, options: dict[str, Any], on_message: Callable[[str, bytes], None]) -> None:
        outage = Outage()
        self.publisher = Publisher(redis_clients.for_publishing(url, options), outage)
        self.subscriber = Subscriber(redis_clients.for_subscribing(url, options), outage, on_message)
        self._open: AsyncGenerator[None, None] | None = None

    async def close_with_loop(self) -> None:
        """A loop that ends closes the async generators that it has begun, as `asyncio.run` does."""
        self._open = self._until_closed()
        await anext(self._open)

    async def close(self) -> None:
        if self._open is not None:
            await self._open.aclose()

    async def _until_closed(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.subscriber.close()
            await self.publisher.close()

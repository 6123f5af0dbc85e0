"""Two processes and a Redis, which is killed and comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from tests.environments import socket_environment
from tests.runtime.socket_client import client, in_thread, on_loop, receive_json
from tests.runtime.socket_servers import SocketServer, free_port, redis_server, serving

pytestmark = pytest.mark.e2e

REDIS = "django_ahead.websocket.layers.redis.RedisLayer"


def settings(port: int) -> dict[str, Any]:
    return {"LAYERS": {"default": {"BACKEND": REDIS, "OPTIONS": {"url": f"redis://127.0.0.1:{port}/0"}}}}


@on_loop
async def test_groups_through_an_outage() -> None:
    port, python = free_port(), socket_environment("6.1")
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(contextlib.ExitStack())
        process, _ = redis.enter_context(redis_server(port))
        one, other = (
            stack.enter_context(serving(kind, python, settings(port))) for kind in ("uvicorn sansio", "hypercorn")
        )
        async with _hall(one) as here, _hall(one) as beside, _hall(other) as there:
            everyone = (here, beside, there)
            await _says(one, "/say/?what=sync", everyone)
            await _says(other, "/say/async/?what=async", everyone)

            process.kill()
            await asyncio.wait_for(_without_redis(one, other, here, beside, there), 10)

            redis.enter_context(redis_server(port))
            await _eventually(one, everyone)
            await _says(other, "/say/?what=sync again", everyone)
            await _says(one, "/say/async/?what=async again", everyone)
            # and those that come now are in it too
            async with _hall(other) as late:
                await _says(one, "/say/?what=late", (*everyone, late))


async def _without_redis(one: SocketServer, other: SocketServer, *sockets: ClientConnection) -> None:
    """Local delivery goes on, nothing waits, and no socket is closed."""
    here, beside, there = sockets
    for path in ("/say/?what=down", "/say/async/?what=down", "/say/?what=down"):
        await _says(one, path, (here, beside))
        await _says(other, path, (there,))
    async with _hall(one) as late:
        await _says(one, "/say/?what=late", (here, beside, late))
    with pytest.raises(TimeoutError):
        await receive_json(there, 0.2)


async def _says(server: SocketServer, path: str, to: tuple[ClientConnection, ...]) -> None:
    status, *_ = await in_thread(server.get, path.replace(" ", "%20"))
    assert status == 200
    for socket in to:
        assert await receive_json(socket) == path.partition("=")[2]


async def _eventually(server: SocketServer, everyone: tuple[ClientConnection, ...]) -> None:
    """Says something until all have heard, and forgets what those heard who heard more."""
    heard: set[int] = set()
    for _ in range(50):
        await in_thread(server.get, "/say/?what=back")
        for number, socket in enumerate(everyone):
            with contextlib.suppress(TimeoutError):
                while await receive_json(socket, 0.1) == "back":
                    heard.add(number)
        if len(heard) == len(everyone):
            return
    raise AssertionError(heard)


@contextlib.asynccontextmanager
async def _hall(server: SocketServer) -> AsyncIterator[ClientConnection]:
    async with client(server, "/hall/") as socket:
        yield socket

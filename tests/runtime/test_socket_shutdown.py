"""What open sockets see when their server is told to stop, and that it stops."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.environments import socket_environment
from tests.runtime.socket_client import client, end, on_loop, receive
from tests.runtime.socket_servers import SERVERS, SocketServer, serving

pytestmark = pytest.mark.e2e

# daphne takes no 1012 of an application, and just ends when there was a handshake in the last ten seconds.
EXPECTED = {kind: {1012} for kind in SERVERS} | {"daphne": {4012, 1006}}


@pytest.mark.parametrize("kind", SERVERS)
@on_loop
async def test_open_sockets_are_closed_with_1012(kind: str) -> None:
    with serving(kind, socket_environment("6.1"), {"SHUTDOWN_TIMEOUT": 2}) as server:
        idle = [await client(server, "/echo/") for _ in range(5)]
        # A consumer that is never done: the first version of this runtime could not be stopped with one of these.
        spinning = await client(server, "/commands/")
        await spinning.send("spin")
        async with client(server, "/echo/") as socket:
            await socket.send("still served")
            assert await receive(socket) == "still served"
        server.process.send_signal(signal.SIGTERM)
        codes = [code for code, _ in await asyncio.gather(*(end(each, 15) for each in [*idle, spinning]))]
        assert set(codes) <= EXPECTED[kind], codes
        assert await _stopped(server, 15)


async def _stopped(server: SocketServer, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while server.process.poll() is None and time.monotonic() < until:
        await asyncio.sleep(0.1)
    return server.process.poll() is not None

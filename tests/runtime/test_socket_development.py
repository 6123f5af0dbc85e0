"""What a developer starts: daphne's runserver, and uvicorn with reload."""

from __future__ import annotations

import pytest

from tests.environments import socket_environment
from tests.runtime.site_process import PROJECT
from tests.runtime.socket_client import client, end, in_thread, on_loop, receive, receive_json, refusal
from tests.runtime.socket_servers import serving, wait_for_port

pytestmark = pytest.mark.e2e


@on_loop
async def test_runserver() -> None:
    with serving("runserver", socket_environment("6.1"), AHEAD_TEST_DAPHNE="1") as server:
        assert (await in_thread(server.get, "/"))[:2] == (200, "page /")
        async with client(server, "/hall/") as one, client(server, "/hall/") as other:
            await in_thread(server.get, "/say/?what=hello")
            assert [await receive_json(socket) for socket in (one, other)] == ["hello", "hello"]
        assert await refusal(server, "/nothing/") == 403
        assert "ASGI/Daphne" in server.log.read_text()


@on_loop
async def test_uvicorn_with_reload() -> None:
    with serving("uvicorn --reload", socket_environment("6.1")) as server:
        # It tells its port before it listens.
        await in_thread(wait_for_port, server.port)
        async with client(server, "/echo/") as socket:
            await socket.send("before")
            assert await receive(socket) == "before"
            (PROJECT / "sockets" / "views.py").touch()
            assert (await end(socket, 20))[0] == 1012
        await in_thread(wait_for_port, server.port)
        async with client(server, "/echo/") as socket:
            await socket.send("after")
            assert await receive(socket) == "after"

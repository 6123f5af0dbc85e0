"""WebSockets on real servers with a real client: what RFC 6455 and the documentation of django-ahead promise.

`make test` has every server on one Django, and one server on the others. `make websocket-conformance` has all on all.
"""

from __future__ import annotations

import asyncio
import os
import socket as sockets
import struct
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.environments import socket_environment
from tests.runtime.socket_client import (
    client,
    end,
    in_thread,
    masked,
    never_reading,
    on_loop,
    raw_handshake,
    receive,
    receive_json,
    refusal,
)
from tests.runtime.socket_servers import SERVERS, SocketServer, serving

pytestmark = pytest.mark.e2e

QUICK = [*((kind, "6.1") for kind in SERVERS), ("uvicorn websockets", "4.2"), ("uvicorn sansio", "5.2")]
ALL = [(kind, django) for django in ("4.2", "5.2", "6.1") for kind in SERVERS]
MATRIX = ALL if os.environ.get("AHEAD_TEST_ALL_SERVERS") else QUICK


@pytest.fixture(scope="module", params=MATRIX, ids=lambda param: " ".join(param))
def server(request: pytest.FixtureRequest) -> Iterator[SocketServer]:
    kind, django = request.param
    settings = {"ACCEPT_TIMEOUT": 1, "SEND_TIMEOUT": 1, "MAX_SIZE": 2**21}
    with serving(kind, socket_environment(django), settings, django) as running:
        yield running


@on_loop
async def test_client_that_never_reads(server: SocketServer) -> None:
    if server.is_daphne:
        pytest.skip("daphne has no flow control: it keeps what a client does not read. The documentation says so.")
    async with client(server, "/whoami/1/") as socket:
        await receive_json(socket)
    # It is the first test of a server, whose peak says nothing later.
    await in_thread(server.get, "/events/?token=")
    peak, files = server.peak(), server.files()
    token = "flood"
    with never_reading(server, f"/commands/?token={token}") as raw:
        raw.sendall(masked(b"flood 400 1000000"))
        assert await in_thread(server.wait_for_event, token, r"disconnect \d+", 15)
        sent = [event for event in await in_thread(server.events, token) if event.startswith("sent")]
        assert len(sent) < 40
        assert server.peak() - peak <= 5
        # It is cut, though it is still there.
        await _until(lambda: server.files() <= files)
    async with client(server, "/echo/") as socket:
        await socket.send("others go on")
        assert await receive(socket) == "others go on"


@on_loop
async def test_messages(server: SocketServer) -> None:
    async with client(server, "/echo/") as socket:
        # daphne sends no empty text.
        texts: tuple[str, ...] = ("text é 🙂", "x" * 800_000, *([] if server.is_daphne else [""]))
        messages: tuple[str | bytes, ...] = (*texts, b"\0binary", b"y" * 800_000)
        for message in messages:
            await socket.send(message)
            assert await receive(socket) == message
        await socket.send(["frag", "men", "ts"])
        assert await receive(socket) == "fragments"
        await asyncio.wait_for(await socket.ping(), 5)
    async with client(server, "/json/") as socket:
        await socket.send('{"a": [1, null]}')
        assert await receive_json(socket) == {"got": {"a": [1, None]}}
    async with client(server, "/low/") as socket:
        await socket.send("low")
        assert await receive(socket) == "LOW"
    async with client(server, "/applications/") as socket:
        await socket.send("an ASGI application")
        assert await receive(socket) == "an ASGI application"


@on_loop
async def test_refusals(server: SocketServer) -> None:
    assert await refusal(server, "/accept/") == 101
    assert await refusal(server, "/deny/?token=deny") == 403
    assert await in_thread(server.wait_for_event, "deny", "disconnect 1006")
    # daphne cannot answer with another status.
    assert await refusal(server, "/nothing/here/") == (403 if server.is_daphne else 404)
    assert await refusal(server, "/fail-to-connect/") == 500
    for origin in ("http://evil.example", "http://127.0.0.1.evil.example", "null", None):
        assert await refusal(server, "/echo/", origin=origin) == 403, origin
    for origin in ("http://localhost:3000", "https://app.trusted.example"):
        assert await refusal(server, "/echo/", origin=origin) == 101, origin


@on_loop
async def test_closing(server: SocketServer) -> None:
    async with client(server, "/commands/?token=close") as socket:
        await socket.send("close 4321 bye")
        assert await end(socket) == (4321, "" if server.is_daphne else "bye")
    assert await in_thread(server.wait_for_event, "close", "disconnect 4321")
    async with client(server, "/commands/?token=fail") as socket:
        await socket.send("fail")
        assert (await end(socket))[0] == 1011
    assert await in_thread(server.wait_for_event, "fail", "disconnect 1011")
    async with client(server, "/commands/?token=code") as socket:
        await socket.send("close 1003")
        # daphne takes 1000 and 3000 to 4999 only.
        assert (await end(socket))[0] == (1011 if server.is_daphne else 1003)
    async with client(server, "/commands/?token=stop") as socket:
        await socket.send("stop")
        assert (await end(socket))[0] == 1000
    assert await in_thread(server.wait_for_event, "stop", "disconnect 1000")


@on_loop
async def test_clients_that_go(server: SocketServer) -> None:
    async with client(server, "/echo/?token=normal") as socket:
        await socket.close(1000)
    # hypercorn does not say with which code.
    assert await in_thread(server.wait_for_event, "normal", "disconnect (1000|1006)")
    async with client(server, "/echo/?token=own") as socket:
        await socket.close(4001)
    assert await in_thread(server.wait_for_event, "own", "disconnect (4001|1006)")
    socket = await client(server, "/commands/?token=abrupt")
    await socket.send("sleep 0.5")
    linger = struct.pack("ii", 1, 0)
    socket.transport.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, linger)
    socket.transport.abort()
    assert await in_thread(server.wait_for_event, "abrupt", "disconnect (1005|1006)")


@on_loop
async def test_handshake(server: SocketServer) -> None:
    async with client(server, "/subprotocol/", subprotocols=["one", "two"]) as socket:
        assert socket.subprotocol == "two"
        assert socket.response is not None
        # daphne sends none.
        assert socket.response.headers.get("x-answer") == (None if server.is_daphne else "42")
    async with client(server, "/app/2026/room/a/") as one, client(server, "/app/2026/room/b/") as other:
        await one.send('{"text": "to a"}')
        assert await receive_json(one) == {"text": "to a"}
        await other.send('{"text": "to b"}')
        assert await receive_json(other) == {"text": "to b"}
    assert await refusal(server, "/app/echo/") == 101
    assert (await in_thread(server.get, "/app/echo/"))[:2] == (200, "page /app/echo/")
    assert (await in_thread(server.get, "/app/2026/room/a/"))[:2] == (200, "page /app/2026/room/a/")
    assert (await in_thread(server.get, "/echo/"))[0] == 404


@on_loop
async def test_session_and_user(server: SocketServer) -> None:
    async with client(server, "/whoami/7/") as socket:
        seen = await receive_json(socket)
        assert (seen["user"], seen["cart"]) == ("AnonymousUser", None)
        assert seen["kwargs"] == {"number": "7", "extra": "1"}
        assert seen["greeting"] == "good day"
        assert seen["authors"] == []
    *_, cookies = await in_thread(server.get, "/login/?name=ann")
    (cookie,) = (each for each in cookies.split("; ") if each.startswith("sessionid="))
    async with client(server, "/app/2026/old/x/5/", headers={"Cookie": f"a=b; {cookie}"}) as socket:
        seen = await receive_json(socket)
        assert (seen["user"], seen["cart"], seen["kwargs"]) == ("ann", 3, {"year": "2026"})
    for forged in (f"{cookie}x", "sessionid=" + "0" * 32, "sessionid=../../etc", "sessionid="):
        async with client(server, "/whoami/7/", headers={"Cookie": forged}) as socket:
            assert (await receive_json(socket))["user"] == "AnonymousUser"
    await in_thread(server.get, "/logout-everywhere/?name=ann")
    async with client(server, "/whoami/7/", headers={"Cookie": cookie}) as socket:
        seen = await receive_json(socket)
        assert (seen["user"], seen["cart"]) == ("AnonymousUser", None)


@on_loop
async def test_groups_and_the_http_side(server: SocketServer) -> None:
    async with client(server, "/hall/") as one, client(server, "/hall/") as other:
        for path in ("/say/?what=sync", "/say/async/?what=async"):
            assert (await in_thread(server.get, path))[0] == 200
            for socket in (one, other):
                assert await receive_json(socket) == path.partition("=")[2]


@on_loop
async def test_threads(server: SocketServer) -> None:
    """A thread for each socket would be a database connection for each."""
    await in_thread(server.get, "/events/?token=")
    before = server.threads()
    connected = [await client(server, "/whoami/1/") for _ in range(40)]
    names = {(await receive_json(socket))["thread"] for socket in connected}
    assert len(names) <= 8
    assert server.threads() - before <= 8
    await asyncio.gather(*(socket.close() for socket in connected))


@on_loop
async def test_json_bombs(server: SocketServer) -> None:
    bombs = ("[" * 500_000, '{"a":' * 100_000, "1" * 1_000_000, '{"a": ', "\ud7ff" * 10)
    for bomb in bombs:
        async with client(server, "/json/") as socket:
            await socket.send(bomb)
            assert (await end(socket, 20))[0] == (4007 if server.is_daphne else 1007), bomb[:9]
    async with client(server, "/json/") as socket:
        await socket.send(b"\x80")
        assert (await end(socket))[0] == (4007 if server.is_daphne else 1007)
    # that is the client's fault, which needs no traceback
    assert "JSONDecodeError" not in server.log.read_text()
    assert "RecursionError" not in server.log.read_text().replace("RecursionError: maximum", "")


@on_loop
async def test_frames_that_are_too_long(server: SocketServer) -> None:
    # The second one is more than servers let through. They wait long for an answer to what they say to that.
    for size in (2**21 + 1, *([2**24 + 2**20] if MATRIX is ALL else [])):
        async with client(server, "/echo/?token=long") as socket:
            try:
                await socket.send("x" * size)
                code, _ = await end(socket, 30)
            except ConnectionClosed:
                code = socket.close_code
            # daphne has a limit of its own, and says nothing.
            assert code == (1006 if server.is_daphne else 1009), size


@on_loop
async def test_nothing_of_a_client_becomes_a_header(server: SocketServer) -> None:
    lines: tuple[str, ...] = ("x%0d%0aSet-Cookie:%20a=b", "x%0aY:%201", "x%00", "a%20b")
    if server.is_daphne and MATRIX is not ALL:
        # It takes a second to see that a consumer has failed.
        lines = lines[:1]
    for where in ("subprotocol", "header", "name"):
        for what in lines:
            if where == "header" and what == "a%20b":
                continue
            answer = await in_thread(raw_handshake, server, f"/inject/?where={where}&what={what}")
            assert answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 403")), (where, what, answer)
            assert b"Set-Cookie" not in answer
            assert b"\nY:" not in answer


@on_loop
async def test_handshakes_that_nobody_accepts(server: SocketServer) -> None:
    paths = "/hang/?token=hang", "/hang-within/?token=within"
    assert await asyncio.gather(*(refusal(server, path) for path in paths)) == [403, 403]
    for token in ("hang", "within"):
        assert await in_thread(server.wait_for_event, token, "disconnect (1006|1008)")


@on_loop
async def test_many_handshakes_that_nobody_accepts(server: SocketServer) -> None:
    """Refused ones, and ones whose consumer leaves them hanging until they are cut: nothing of them stays."""
    count = 10_000 if MATRIX is ALL and server.django == "6.1" else 100

    async def refused(path: str) -> None:
        async with limit:
            assert await refusal(server, path) in (403, 404)

    limit = asyncio.Semaphore(50)
    await asyncio.gather(*(refused(path) for path in ("/deny/", "/hang/") for _ in range(25)))
    await in_thread(server.get, "/events/?token=")
    memory, files, threads = server.memory(), server.files(), server.threads()
    for path, share in (("/deny/", 0.5), ("/nowhere/", 0.3), ("/hang/", 0.2)):
        await asyncio.gather(*(refused(path) for _ in range(int(count * share))))
    assert server.memory() - memory <= 20
    await _until(lambda: server.files() <= files + 5)
    assert server.threads() <= threads + 8
    async with client(server, "/echo/") as socket:
        await socket.send("still there")
        assert await receive(socket) == "still there"


@on_loop
async def test_host(server: SocketServer) -> None:
    answer = await in_thread(raw_handshake, server, "/echo/", "evil.example", "http://127.0.0.1")
    assert answer.startswith(b"HTTP/1.1 403" if server.is_daphne else b"HTTP/1.1 400"), answer


async def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    waited = 0.0
    while not condition():
        assert waited < seconds
        await asyncio.sleep(0.1)
        waited += 0.1

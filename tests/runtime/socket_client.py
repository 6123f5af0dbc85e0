"""A client of WebSockets: that of the package `websockets`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, ParamSpec

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.runtime.socket_servers import SocketServer

Parameters = ParamSpec("Parameters")


def on_loop(test: Callable[Parameters, Coroutine[Any, Any, None]]) -> Callable[Parameters, None]:
    """An async test, of which none takes for ever."""

    @functools.wraps(test)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), 600))

    return run


def client(server: SocketServer, path: str, *, origin: str | None = "", headers: Any = None, **options: Any) -> connect:
    """`async with client(…) as socket`. The Origin is that of the site unless another or None is given."""
    own = f"http://127.0.0.1:{server.port}" if origin == "" else origin
    return connect(
        server.url(path),
        origin=None if own is None else Origin(own),
        additional_headers=headers,
        proxy=None,
        open_timeout=20,
        close_timeout=5,
        **{"max_size": None, "compression": None, **options},
    )


async def refusal(server: SocketServer, path: str, **options: Any) -> int:
    """The status that a handshake is refused with; 101 if it is not."""
    try:
        async with client(server, path, **options):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def receive(connection: ClientConnection, seconds: float = 10) -> Any:
    return await asyncio.wait_for(connection.recv(), seconds)


async def receive_json(connection: ClientConnection, seconds: float = 10) -> Any:
    return json.loads(await receive(connection, seconds))


async def end(connection: ClientConnection, seconds: float = 10) -> tuple[int | None, str | None]:
    """Code and reason that the socket is closed with, whatever comes before."""
    await asyncio.wait_for(connection.wait_closed(), seconds)
    return connection.close_code, connection.close_reason


async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """What blocks, such as a page of the server."""
    return await asyncio.to_thread(function, *args)


def raw_handshake(server: SocketServer, path: str, host: str = "127.0.0.1", origin: str = "http://127.0.0.1") -> bytes:
    """The head of the server's answer to a handshake, as it is."""
    with _asked(server, path, host, origin) as raw:
        raw.settimeout(10)
        answer = b""
        while b"\r\n\r\n" not in answer and (more := raw.recv(65536)):
            answer += more
        return answer


@contextlib.contextmanager
def never_reading(server: SocketServer, path: str) -> Iterator[socket.socket]:
    """A client that reads the answer to its handshake, and nothing after it."""
    with _asked(server, path, "127.0.0.1", "http://127.0.0.1") as raw:
        assert raw.recv(12) == b"HTTP/1.1 101"
        yield raw


def masked(text: bytes) -> bytes:
    """A frame with a text of less than 126 bytes."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


def _asked(server: SocketServer, path: str, host: str, origin: str) -> socket.socket:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", server.port))
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        f"Origin: {origin}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    raw.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
    return raw

"""A client for one WebSocket, in the process of the test and without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from asgiref.testing import ApplicationCommunicator

from django_ahead.websocket import contexts
from django_ahead.websocket.connection import Receive, Send

HOST = b"testserver"


class WebSocketCommunicator(ApplicationCommunicator):
    """The one of Channels, by another name.

    `application` is that of asgi.py, or `Consumer.as_asgi()` for one consumer without route, session and Origin check.
    Database access of consumers happens in the thread of the test, in its transaction. `Host` and `Origin` are those
    of Django's test client unless they are given: a site checks them.
    """

    def __init__(
        self,
        application: Any,
        path: str,
        headers: Iterable[tuple[bytes, bytes]] | None = None,
        subprotocols: Iterable[str] | None = None,
        spec_version: str | None = None,
    ) -> None:
        if not isinstance(path, str):
            raise TypeError(f"Expected str, got {type(path)}")
        parts = urlsplit(path)
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": unquote(parts.path),
            "query_string": parts.query.encode(),
            "headers": _with_host_and_origin(list(headers or [])),
            "subprotocols": list(subprotocols or []),
        }
        if spec_version:
            self.scope["spec_version"] = spec_version
        super().__init__(_in_thread_of_test(application), self.scope)
        self.response_headers: list[tuple[bytes, bytes]] | None = None

    async def connect(self, timeout: float = 1) -> tuple[bool, Any]:
        """`(True, subprotocol)` if the handshake was accepted, `(False, code)` if it was refused."""
        await self.send_input({"type": "websocket.connect"})
        response = await self.receive_output(timeout)
        if response["type"] == "websocket.close":
            return False, response.get("code", 1000)
        assert response["type"] == "websocket.accept", response
        self.response_headers = response.get("headers", [])
        return True, response.get("subprotocol")

    async def send_to(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Sends a text, or bytes."""
        assert bool(text_data) != bool(bytes_data), "You must supply exactly one of text_data or bytes_data"
        if text_data:
            assert isinstance(text_data, str), "The text_data argument must be a str"
            await self.send_input({"type": "websocket.receive", "text": text_data})
        else:
            assert isinstance(bytes_data, bytes), "The bytes_data argument must be bytes"
            await self.send_input({"type": "websocket.receive", "bytes": bytes_data})

    async def send_json_to(self, data: Any) -> None:
        """Sends data as JSON."""
        await self.send_to(text_data=json.dumps(data))

    async def receive_from(self, timeout: float = 1) -> Any:
        """The next text or bytes. Fails if the consumer closes instead."""
        response = await self.receive_output(timeout)
        assert response["type"] == "websocket.send", f"Expected type 'websocket.send', but was '{response['type']}'"
        text, data = response.get("text"), response.get("bytes")
        assert (text is None) != (data is None), "The response needs exactly one of 'text' or 'bytes'"
        return data if text is None else text

    async def receive_json_from(self, timeout: float = 1) -> Any:
        """The next text, decoded."""
        payload = await self.receive_from(timeout)
        assert isinstance(payload, str), f"JSON data is not a text frame, it is {type(payload)}"
        return json.loads(payload)

    async def disconnect(self, code: int = 1000, timeout: float = 1) -> None:
        """Closes the socket, and waits for the consumer to end."""
        await self.send_input({"type": "websocket.disconnect", "code": code})
        await self.wait(timeout)


def _with_host_and_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = {name.lower(): value for name, value in headers}
    host = given.get(b"host", HOST)
    added = [(b"host", host)] if b"host" not in given else []
    return [*headers, *added, *([(b"origin", b"http://" + host)] if b"origin" not in given else [])]


def _in_thread_of_test(application: Any) -> Callable[..., Any]:
    async def run(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        contexts.pinning.set(False)
        await application(scope, receive, send)

    return run

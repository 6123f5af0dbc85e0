"""One WebSocket: what has been said to its client, and what may still be."""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django_ahead.conf import websocket_settings
from django_ahead.websocket.exceptions import ConnectionClosed
from django_ahead.websocket.inbox import Inbox, Message

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# What the runtime itself puts into an inbox: a message with the code to close the socket with.
CLOSE = "ahead.close"


class State(enum.Enum):
    CONNECTING = enum.auto()
    OPEN = enum.auto()
    CLOSED = enum.auto()


class Connection:
    """The two directions of a socket and where it stands.

    `read()` is a task of its own, which moves messages of the client into the inbox. `send()` may be called by any
    task. What takes too long is found by `overdue()`, which costs a message nothing.
    """

    __slots__ = (
        "_receive",
        "_send",
        "cut_code",
        "disconnect_code",
        "gone_at",
        "inbox",
        "is_done",
        "opened",
        "progress",
        "scope",
        "sending",
        "settings",
        "state",
        "task",
    )

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope = scope
        self.settings = websocket_settings()
        self.inbox = Inbox(self.settings.inbox)
        self.state = State.CONNECTING
        # The code that ended it, once it is known.
        self.disconnect_code: int | None = None
        # Set when the runtime ends it, by cancelling its task.
        self.cut_code: int | None = None
        self.task = asyncio.current_task()
        self.opened = self.progress = time.monotonic()
        self.gone_at: float | None = None
        # Closed from this side: what the client has sent meanwhile is not handled.
        self.is_done = False
        self.sending = 0
        self._receive, self._send = receive, send

    async def read(self) -> None:
        """Moves what the client sends into the inbox until the client is gone."""
        inbox, limit = self.inbox, self.settings.max_size
        while True:
            try:
                message = await self._receive()
            except Exception:
                message = {"type": "websocket.disconnect", "code": 1006}
            if message["type"] == "websocket.disconnect":
                return self._client_has_gone(message)
            if limit is not None and _size(message) > limit:
                return inbox.put_from_client({"type": CLOSE, "code": 1009})
            inbox.put_from_client(message)
            await inbox.room()

    async def send(self, message: Message) -> None:
        """Sends a message of the ASGI protocol. Raises ConnectionClosed if either side has closed the socket."""
        if self.state is not State.OPEN or message["type"] != "websocket.send":
            self._advance(message)
        if not self.sending:
            self.progress = time.monotonic()
        self.sending += 1
        try:
            await self._send(message)
        except OSError as error:
            # How servers say that the client has gone.
            self._client_has_gone({"type": "websocket.disconnect", "code": 1006})
            raise ConnectionClosed("The client has gone.") from error
        except Exception as error:
            if self.gone_at is None:
                raise
            raise ConnectionClosed("The client has gone.") from error
        finally:
            self.sending -= 1
            self.progress = time.monotonic()

    def _advance(self, message: Message) -> None:
        kind = message["type"]
        if self.state is State.CLOSED:
            raise ConnectionClosed(f"{kind} after the socket was closed.")
        if kind == "websocket.accept":
            if self.state is State.OPEN:
                raise RuntimeError("accept() was called twice.")
            self.state = State.OPEN
        elif kind == "websocket.close":
            self._is_done((message.get("code") or 1000) if self.state is State.OPEN else 1006)
        elif kind == "websocket.http.response.body" and not message.get("more_body"):
            self._is_done(1006)
        elif kind == "websocket.send":
            raise RuntimeError("send() was called before accept().")

    async def close(self, code: int, or_else: int | None = 3000) -> None:
        """Closes the socket from the side of the runtime, whatever its state and whatever the server says to it.

        daphne takes no codes from 1001 to 2999 from an application: it gets one that is `or_else` higher, if any.
        """
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        for each in (code,) if or_else is None else (code, code + or_else):
            try:
                await self._send({"type": "websocket.close", "code": each})
            except OSError:
                return
            except Exception:
                continue
            return

    def overdue(self, now: float) -> int | None:
        """The code to cut it with, if it waits for too long for its consumer or its client."""
        settings = self.settings
        if self.state is State.CONNECTING and _passed(self.opened, settings.accept_timeout, now):
            return 1008
        if self.sending and _passed(self.progress, settings.send_timeout, now):
            return 1008
        if self.gone_at is not None and _passed(self.gone_at, settings.disconnect_timeout, now):
            return self.disconnect_code
        return None

    def cut(self, code: int) -> None:
        """Ends the consumer, which may hang in anything, now."""
        if self.cut_code is None and self.task is not None:
            self.cut_code = code
            self.task.cancel()

    def _is_done(self, code: int) -> None:
        self.state, self.is_done, self.disconnect_code = State.CLOSED, True, code

    def _client_has_gone(self, message: Message) -> None:
        self.state = State.CLOSED
        if self.gone_at is None:
            self.gone_at = time.monotonic()
        if self.disconnect_code is None:
            code = message.get("code")
            self.disconnect_code = 1005 if code is None else code
        self.inbox.put_from_client(message)


def _size(message: Message) -> int:
    return max(len(message.get("text") or ""), len(message.get("bytes") or b""))


def _passed(since: float, timeout: float | None, now: float) -> bool:
    return timeout is not None and now - since > timeout

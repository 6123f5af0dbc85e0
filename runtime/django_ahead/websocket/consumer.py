"""Consumers: a class whose methods are called for one WebSocket, as the async ones of Channels."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, ClassVar

from django_ahead.websocket.closing import checked_code, checked_reason
from django_ahead.websocket.connection import Connection, Receive, Send, State
from django_ahead.websocket.exceptions import AcceptConnection, DenyConnection, StopConsumer
from django_ahead.websocket.headers import checked_headers, checked_subprotocol
from django_ahead.websocket.inbox import Message
from django_ahead.websocket.layers import DEFAULT_LAYER, Layer, get_layer
from django_ahead.websocket.serving import serve

Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class LowLevelWebSocketConsumer:
    """Handles messages of the ASGI protocol, each in the method that its type names: `websocket.connect` in
    `websocket_connect(message)`, and what layers send in the same way."""

    channel_layer_alias: ClassVar[str] = DEFAULT_LAYER

    scope: dict[str, Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    channel_name: str
    channel_layer: Layer
    base_send: Send

    def __init__(self, **initkwargs: Any) -> None:
        for name, value in initkwargs.items():
            setattr(self, name, value)

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Application:
        """An ASGI application with a consumer of its own for each socket. `initkwargs` become its attributes."""

        async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            await cls(**initkwargs)(scope, receive, send)

        functools.update_wrapper(application, cls, updated=())
        application.consumer_class = cls  # type: ignore[attr-defined]  # as Channels marks it
        application.consumer_initkwargs = initkwargs  # type: ignore[attr-defined]  # as above
        return application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            raise ValueError(f"{type(self).__qualname__} serves WebSockets, not {scope['type']!r}.")
        self.scope = scope
        route = scope.get("url_route", {})
        self.args, self.kwargs = route.get("args", ()), route.get("kwargs", {})
        self._connection = Connection(scope, receive, send)
        self.base_send = self._connection.send
        self.channel_layer = get_layer(self.channel_layer_alias)
        await serve(self, self._connection, self.channel_layer)

    async def dispatch(self, message: Message) -> None:
        """Calls the method that the type of a message names. Raises ValueError if there is none."""
        handler = getattr(self, _handler_name(message), None)
        if handler is None:
            raise ValueError(f"{type(self).__qualname__} has no handler for messages of the type {message['type']!r}.")
        await handler(message)

    async def send(self, message: Message) -> None:
        """Sends a message of the ASGI protocol to the server. Raises ConnectionClosed after the end."""
        await self.base_send(message)

    async def websocket_disconnect(self, message: Message) -> None:
        """The socket was closed. Override it to hear of it."""
        raise StopConsumer


class WebSocketConsumer(LowLevelWebSocketConsumer):
    """Override `connect()`, `receive()`, `disconnect()`, and add a method for each type of message that groups send."""

    # Groups that the socket is in from before connect() on.
    groups: Sequence[str] | None = None

    def __init__(self, *args: Any, **initkwargs: Any) -> None:
        """`initkwargs` become attributes. `args` mean nothing, as in Channels, and much code gives some."""
        super().__init__(**initkwargs)
        if self.groups is None:
            self.groups = []

    async def connect(self) -> None:
        """A client wants to connect. Accept or close; or raise AcceptConnection or DenyConnection."""
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The client sent a text or bytes."""

    async def disconnect(self, code: int) -> None:
        """The socket is closed, by whichever side. Called once, also after an error and after a refusal."""

    async def accept(
        self, subprotocol: str | None = None, headers: Iterable[tuple[str | bytes, str | bytes]] | None = None
    ) -> None:
        """Accepts the handshake. Raises ValueError for a subprotocol or header that could not be sent as such."""
        message: Message = {"type": "websocket.accept", "subprotocol": checked_subprotocol(subprotocol)}
        if headers:
            message["headers"] = checked_headers(headers)
        await super().send(message)

    async def send(  # type: ignore[override]  # as in Channels: data here, messages below
        self, text_data: str | None = None, bytes_data: bytes | None = None, close: bool | int = False
    ) -> None:
        """Sends a text or bytes to the client, and closes then if `close` is true or a code."""
        if text_data is not None:
            await super().send({"type": "websocket.send", "text": text_data})
        elif bytes_data is not None:
            await super().send({"type": "websocket.send", "bytes": bytes_data})
        else:
            raise ValueError("send() needs text_data or bytes_data.")
        if close:
            await self.close(close)

    async def close(self, code: int | bool | None = None, reason: str | None = None) -> None:
        """Closes the socket, or refuses the handshake. A second close is ignored.

        Raises ValueError for a code that no server may send. A reason has up to 123 bytes; more is cut off.
        """
        message: Message = {"type": "websocket.close"}
        if code is not None and code is not True:
            message["code"] = checked_code(code)
        if reason:
            message["reason"] = checked_reason(reason)
        if self._connection.state is not State.CLOSED:
            await super().send(message)

    async def websocket_connect(self, message: Message) -> None:
        for group in self.groups or ():
            await self.channel_layer.group_add(group, self.channel_name)
        try:
            await self.connect()
        except AcceptConnection:
            await self.accept()
        except DenyConnection:
            await self.close()

    async def websocket_receive(self, message: Message) -> None:
        if message.get("text") is not None:
            await self.receive(text_data=message["text"])
        else:
            await self.receive(bytes_data=message["bytes"])

    async def websocket_disconnect(self, message: Message) -> None:
        for group in self.groups or ():
            await self.channel_layer.group_discard(group, self.channel_name)
        await self.disconnect(message["code"])
        raise StopConsumer


def _handler_name(message: Message) -> str:
    kind = message.get("type")
    if not isinstance(kind, str):
        raise ValueError(f"A message without a type: {message!r}.")
    name = kind.replace(".", "_")
    if name.startswith("_"):
        raise ValueError(f"The type of a message begins with an underscore: {kind!r}.")
    return name

"""From the server to the consumer: Host and Origin, route, session and user, middleware of the site."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import set_script_prefix
from django.utils.module_loading import import_string

from django_ahead.conf import websocket_settings
from django_ahead.websocket import contexts, origin, routing, session, transport
from django_ahead.websocket.connection import Receive, Send
from django_ahead.websocket.denial import deny

logger = logging.getLogger("django_ahead.websocket")
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class WebSocketHandler:
    """An ASGI application for WebSockets, with those of the URLconf behind it."""

    def __init__(self) -> None:
        self._wanted = session.wanted()
        self._application = _with_middleware(_call_route)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        for why, status in ((origin.host_refusal(scope), 400), (origin.refusal(scope["headers"]), 403)):
            if why is not None:
                logger.warning("WebSocket %s refused: %s", _printable(scope["path"]), why)
                return await deny(scope, receive, send, status)
        set_script_prefix(routing.script_prefix(scope) + "/")
        match = routing.match(scope)
        if match is None:
            logger.warning("WebSocket %s refused: no websocket_path() matches.", _printable(scope["path"]))
            return await deny(scope, receive, send, 404)
        route = {"args": match.args, "kwargs": match.kwargs}
        scope = {**scope, "url_route": route, "resolver_match": match, transport.KEY: send}
        with contexts.pinned():
            await session.add_to(scope, self._wanted)
            await self._application(scope, receive, send)


async def _call_route(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await scope["resolver_match"].func(scope, receive, send)


def _printable(path: str) -> str:
    """One line of a log, whatever a client asked for."""
    return path.encode("unicode_escape").decode()


def _with_middleware(application: Application) -> Application:
    for path in reversed(websocket_settings().middleware):
        application = import_string(path)(application)
    return application

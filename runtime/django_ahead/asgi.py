"""The ASGI application of a site with WebSockets.

from django_ahead.asgi import get_asgi_application

application = get_asgi_application()
"""

from __future__ import annotations

from typing import Any

import django
from django.core.handlers.asgi import ASGIHandler

from django_ahead.websocket.connection import Receive, Send

__all__ = ["AheadASGIHandler", "get_asgi_application"]


def get_asgi_application() -> AheadASGIHandler:
    """`django.core.asgi.get_asgi_application`, for HTTP, WebSockets and the lifespan of the server."""
    django.setup(set_prefix=False)
    return AheadASGIHandler()


class AheadASGIHandler(ASGIHandler):
    """Django's handler for requests; WebSockets go to what `websocket_path` routes them to."""

    def __init__(self) -> None:
        super().__init__()
        # Only now are apps ready, which sessions and users need.
        from django_ahead.websocket.handler import WebSocketHandler

        self._websockets = WebSocketHandler()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:  # type: ignore[override]  # the types of ASGI are wider here
        if scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await super().__call__(scope, receive, send)  # type: ignore[arg-type]  # HTTP, as Django types it


async def _live(receive: Receive, send: Send) -> None:
    """Answers the server's start and stop. When it stops, open sockets are closed with 1012."""
    from django_ahead.websocket import contexts
    from django_ahead.websocket.open_sockets import open_sockets

    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await open_sockets().shut_down()
            await contexts.close_all()
            await send({"type": "lifespan.shutdown.complete"})
            return

"""Sockets of the site without a server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from django_ahead.testing import WebSocketCommunicator
from sockets.asgi import application


@contextlib.asynccontextmanager
async def connected(to: Any, **options: Any) -> AsyncIterator[WebSocketCommunicator]:
    """A path of the site or a consumer, accepted; closed in the end."""
    what, path = (application, to) if isinstance(to, str) else (to.as_asgi(), "/")
    communicator = WebSocketCommunicator(what, path, **options)
    accepted, _ = await communicator.connect()
    assert accepted
    yield communicator
    await communicator.disconnect()

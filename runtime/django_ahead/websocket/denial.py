"""How a handshake is refused before there is a consumer."""

from __future__ import annotations

from typing import Any

from django_ahead.websocket.connection import Receive, Send


async def deny(scope: dict[str, Any], receive: Receive, send: Send, status: int) -> None:
    """Refuses with this status where the server can; a server without the extension answers 403."""
    await receive()
    # A plain refusal is a 403 everywhere.
    if status == 403 or "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})

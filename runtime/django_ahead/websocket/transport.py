"""What is below a socket, where a server lets us reach it: for two things that ASGI has no words for."""

from __future__ import annotations

from typing import Any

# Where the handler keeps, in the scope, the `send` of the server: middleware may wrap it.
KEY = "django_ahead.send"


def abort(scope: dict[str, Any]) -> None:
    """Ends the connection of a client that does not read: to close it, servers wait for the client."""
    owner = _owner(scope)
    if (transport := getattr(owner, "transport", None) or _transport_of_hypercorn(owner)) is not None:
        transport.abort()


def is_stopping(scope: dict[str, Any]) -> bool:
    """Whether the server was told to stop, and waits for its sockets to end without telling them to.

    So does hypercorn on Python 3.12 and later: https://github.com/pgjones/hypercorn/issues/308
    """
    terminated = getattr(getattr(_owner(scope), "context", None), "terminated", None)
    return terminated is not None and bool(terminated.is_set())


def _owner(scope: dict[str, Any]) -> Any:
    """The protocol of uvicorn, or the stream of hypercorn."""
    return getattr(scope.get(KEY), "__self__", None)


def _transport_of_hypercorn(stream: Any) -> Any:
    """Its streams write to a protocol, and that to the connection, which in HTTP/2 has other streams besides."""
    protocol = getattr(getattr(stream, "send", None), "__self__", None)
    if type(protocol).__name__ != "H11Protocol":
        return None
    connection = getattr(getattr(protocol, "send", None), "__self__", None)
    return getattr(getattr(connection, "writer", None), "transport", None)

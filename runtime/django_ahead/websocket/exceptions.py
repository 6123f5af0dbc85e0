"""What consumers raise, and what is raised to them. Names and bases are those of Channels, where it has them."""

from __future__ import annotations

import json


class AcceptConnection(Exception):
    """Raised in `connect()`: the handshake is accepted."""


class DenyConnection(Exception):
    """Raised in `connect()`: the handshake is refused with status 403."""


class StopConsumer(Exception):
    """Raised in a handler: the consumer ends, its socket is closed, and `disconnect()` is called."""


class ConnectionClosed(Exception):
    """A message was sent after the socket had been closed, by either side.

    Consumers need not catch it: it ends the handler, and `disconnect()` is called.
    """


class InvalidMessage(json.JSONDecodeError):
    """A client sent what is not JSON, or is nested too deeply.

    Where the consumer does not catch it, the socket is closed with 1007, and no traceback is logged.
    """


class InvalidChannelLayerError(ValueError):
    """A layer is not configured, or not rightly."""


class ChannelFull(Exception):
    """`layer.send()` found the inbox of a socket full. Messages to groups are dropped instead."""

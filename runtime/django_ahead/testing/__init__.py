"""For tests of sites with WebSockets."""

from __future__ import annotations

from django_ahead.testing.communicator import WebSocketCommunicator

__all__ = ["WebSocketCommunicator"]

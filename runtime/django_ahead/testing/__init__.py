"""For tests of sites with WebSockets."""

from __future__ import annotations

from django_ahead.testing.communicator import WebSocketCommunicator
from django_ahead.testing.live_server import ASGILiveServerTestCase

__all__ = ["ASGILiveServerTestCase", "WebSocketCommunicator"]

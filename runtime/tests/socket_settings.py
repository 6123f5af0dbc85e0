"""The site with WebSockets: that of `settings`, with other URLs, and what a test sets in its environment."""

from __future__ import annotations

import json
import os

from settings import *  # noqa: F403

ROOT_URLCONF = "sockets.urls"
ASGI_APPLICATION = "sockets.asgi.application"
INSTALLED_APPS = [*INSTALLED_APPS, "sockets"]  # noqa: F405
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example"]
AHEAD_WEBSOCKET = json.loads(os.environ.get("AHEAD_TEST_WEBSOCKET", "{}"))
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

"""The site with WebSockets: that of `settings`, with other URLs, and what a test sets in its environment."""

from __future__ import annotations

import json
import os

from settings import *

ROOT_URLCONF = "sockets.urls"
ASGI_APPLICATION = "sockets.asgi.application"
# First, as its documentation says: runserver is its own then.
FIRST = ["daphne", "django.contrib.staticfiles"] if os.environ.get("AHEAD_TEST_DAPHNE") else []
INSTALLED_APPS = [*FIRST, *INSTALLED_APPS, "sockets"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = ["https://*.trusted.example"]
AHEAD_WEBSOCKET = json.loads(os.environ.get("AHEAD_TEST_WEBSOCKET", "{}"))

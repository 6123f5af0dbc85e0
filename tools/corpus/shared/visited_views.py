"""Records which views the test client reaches, in the file named by RECORD_VIEWS_IN, as JSON.

Importing it is enough. Views that a test calls directly are not seen.
"""

import atexit
import inspect
import json
import os
from pathlib import Path

from django.core.handlers.base import BaseHandler

visited = set()
resolve_request = BaseHandler.resolve_request


def recording(self, request):
    match = resolve_request(self, request)
    of_class = getattr(match.func, "view_class", None)
    view = inspect.unwrap(getattr(of_class, (request.method or "GET").lower(), match.func))
    if inspect.isfunction(view):
        visited.add(f"{view.__module__}.{view.__qualname__}")
    return match


def write():
    Path(os.environ["RECORD_VIEWS_IN"]).write_text(json.dumps(sorted(visited)))


BaseHandler.resolve_request = recording
atexit.register(write)

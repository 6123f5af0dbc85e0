"""Records which views the test client reaches, and which of them query, in the file named by RECORD_VIEWS_IN, as JSON.

Importing it is enough. Views that a test calls directly are not seen. A query is a view's own when it is on the stack,
and neither a template nor the look-up of the request's user or session is above it.
"""

import atexit
import inspect
import json
import os
import sys
from pathlib import Path

from django.core.handlers.base import BaseHandler
from django.db import connections

OTHERS = (
    "django/template/",
    "django/contrib/auth/__init__.py",
    "django/contrib/auth/middleware.py",
    "contrib/sessions/",
)
visited = {}
codes = {}
resolve_request = BaseHandler.resolve_request


def recording(self, request):
    match = resolve_request(self, request)
    of_class = getattr(match.func, "view_class", None)
    view = inspect.unwrap(getattr(of_class, (request.method or "GET").lower(), match.func))
    if inspect.isfunction(view):
        name = f"{view.__module__}.{view.__qualname__}"
        visited.setdefault(name, False)
        codes[view.__code__] = name
        for connection in connections.all():
            if querying not in connection.execute_wrappers:
                connection.execute_wrappers.append(querying)
    return match


def querying(execute, sql, params, many, context):
    """Notes a query for the view that is on the stack."""
    frame = sys._getframe(1)
    while frame is not None:
        if any(path in frame.f_code.co_filename for path in OTHERS):
            break
        if name := codes.get(frame.f_code):
            visited[name] = True
            break
        frame = frame.f_back
    return execute(sql, params, many, context)


def write():
    Path(os.environ["RECORD_VIEWS_IN"]).write_text(json.dumps(dict(sorted(visited.items()))))


BaseHandler.resolve_request = recording
atexit.register(write)

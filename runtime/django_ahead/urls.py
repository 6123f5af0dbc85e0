"""WebSockets in the URLconf: `websocket_path` and `websocket_re_path`, beside `path` and `re_path`.

    urlpatterns = [
        path("rooms/", views.rooms),
        websocket_path("rooms/<slug:room>/", RoomConsumer, name="room-socket"),
    ]

A URLconf with such patterns is an ordinary one: they may be below an `include()`, `reverse()` finds them by name, and
HTTP requests never do.
"""

from __future__ import annotations

import inspect
from typing import Any

from django.urls import ResolverMatch, URLPattern
from django.urls.resolvers import RegexPattern, RoutePattern

__all__ = ["WebSocketPattern", "websocket_path", "websocket_re_path"]


class WebSocketPattern(URLPattern):
    """A pattern that WebSockets are routed by. HTTP requests pass it by, so a later pattern may have the same path."""

    def resolve(self, path: str) -> ResolverMatch | None:
        """None, always: this is what resolves HTTP requests."""
        return None


def websocket_path(
    route: Any, consumer: Any, kwargs: dict[str, Any] | None = None, name: str | None = None, **initkwargs: Any
) -> WebSocketPattern:
    """Routes WebSockets as `path` routes requests.

    `consumer` is a class of consumers, or any ASGI application. `kwargs` are added to those of the route, as in
    `path`. `initkwargs` are what each consumer is made with, as in `as_asgi(**initkwargs)`: attributes of it.
    Raises TypeError for what is neither.
    """
    pattern = RoutePattern(route, name=name, is_endpoint=True)
    return WebSocketPattern(pattern, _application(consumer, initkwargs), kwargs, name)


def websocket_re_path(
    route: Any, consumer: Any, kwargs: dict[str, Any] | None = None, name: str | None = None, **initkwargs: Any
) -> WebSocketPattern:
    """Routes WebSockets as `re_path` routes requests. See `websocket_path`."""
    pattern = RegexPattern(route, name=name, is_endpoint=True)
    return WebSocketPattern(pattern, _application(consumer, initkwargs), kwargs, name)


def _application(consumer: Any, initkwargs: dict[str, Any]) -> Any:
    if inspect.isclass(consumer):
        as_asgi = getattr(consumer, "as_asgi", None)
        if as_asgi is None:
            raise TypeError(f"{consumer.__qualname__} is no class of consumers: it has no as_asgi().")
        return as_asgi(**initkwargs)
    if not callable(consumer):
        raise TypeError(
            f"A WebSocket goes to a class of consumers or to an ASGI application, not to {consumer!r}. "
            'Other URLconfs are included with path("…", include(…)).'
        )
    if initkwargs:
        raise TypeError(f"{', '.join(initkwargs)}: only a class of consumers takes such arguments, not {consumer!r}.")
    return consumer

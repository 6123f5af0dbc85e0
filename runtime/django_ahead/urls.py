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
from collections.abc import Iterable
from typing import Any

from django.urls import ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern

__all__ = ["WebSocketPattern", "websocket_path", "websocket_re_path", "websocket_routes"]


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


def websocket_routes(routes: Iterable[Any]) -> list[URLPattern | URLResolver]:
    """The routes of a URLRouter of Channels as those of a URLconf, where HTTP requests pass them by.

    `routes` are `path("chat/", Chat.as_asgi())`, which an app has in its `routing.py` for URLRouter; they stay as they
    are. A route to another URLRouter becomes an `include()` of that one's. Raises TypeError for what is no route.
    """
    return [_converted(route) for route in routes]


def _converted(route: Any) -> URLPattern | URLResolver:
    if isinstance(route, WebSocketPattern):
        return route
    if not isinstance(route, URLPattern):
        raise TypeError(f'A route of a URLRouter is written path("…", Consumer.as_asgi()), and is not {route!r}.')
    router: Any = route.callback
    if not getattr(router, "_path_routing", False):
        return WebSocketPattern(route.pattern, route.callback, route.default_args, route.name)
    # URLRouter does the same: what was written as the whole of a path is the beginning of one
    kind = RegexPattern if isinstance(route.pattern, RegexPattern) else RoutePattern
    return URLResolver(kind(str(route.pattern)), websocket_routes(router.routes), route.default_args)


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

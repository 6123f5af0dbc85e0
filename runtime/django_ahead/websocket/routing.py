"""From the path of a WebSocket to its application, by the patterns of the URLconf that are for WebSockets."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.urls.exceptions import Resolver404

from django_ahead.urls import WebSocketPattern


def match(scope: dict[str, Any]) -> ResolverMatch | None:
    """What the path leads to; None if to nothing. `func` is an ASGI application."""
    try:
        return _only_websockets(get_resolver()).resolve(_path_info(scope))
    except Resolver404:
        return None


def has_patterns() -> bool:
    """Whether there is any pattern for WebSockets in ROOT_URLCONF."""
    return bool(_only_websockets(get_resolver()).url_patterns)


def applications() -> list[Any]:
    """What the patterns for WebSockets in ROOT_URLCONF lead to."""
    return _callbacks(_only_websockets(get_resolver()))


@lru_cache(maxsize=4)
def _only_websockets(resolver: URLResolver) -> URLResolver:
    """The same tree without what is for HTTP: Django's own code resolves by it, and nothing else can come before."""
    patterns: list[URLPattern | URLResolver] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, WebSocketPattern):
            patterns.append(URLPattern(pattern.pattern, pattern.callback, pattern.default_args, pattern.name))
        elif isinstance(pattern, URLResolver) and (below := _only_websockets.__wrapped__(pattern)).url_patterns:
            patterns.append(below)
    return URLResolver(resolver.pattern, patterns, resolver.default_kwargs, resolver.app_name, resolver.namespace)


def _callbacks(resolver: URLResolver) -> list[Any]:
    found: list[Any] = []
    for pattern in resolver.url_patterns:
        found += _callbacks(pattern) if isinstance(pattern, URLResolver) else [pattern.callback]
    return found


def script_prefix(scope: dict[str, Any]) -> str:
    """The prefix that the site is mounted at, without a slash at its end. Each Django has it in a place of its own."""
    prefix: str = settings.FORCE_SCRIPT_NAME or scope.get("root_path") or ""
    return prefix.rstrip("/")


def _path_info(scope: dict[str, Any]) -> str:
    """The path below the prefix, as Django's request has it."""
    path: str = scope["path"]
    prefix = script_prefix(scope)
    if prefix and (path == prefix or path.startswith(prefix + "/")):
        return path[len(prefix) :] or "/"
    return path

"""System checks for WebSockets. Each id is explained in docs/websockets.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.utils.module_loading import import_string

from django_ahead.conf import MEMORY, NAME, WebSocketSettings, websocket_settings
from django_ahead.websocket.routing import applications, has_patterns

# What a consumer overrides, and what is called with `await`.
_ASYNC = "connect receive receive_json disconnect dispatch send".split()
_ASYNC += "websocket_connect websocket_receive websocket_disconnect".split()


def check_application(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.E003: there are WebSockets in the URLconf, but the application of ASGI_APPLICATION is Django's own."""
    path = getattr(settings, "ASGI_APPLICATION", None)
    if not path or not has_patterns():
        return []
    try:
        application = import_string(path)
    except ImportError:
        # Whoever serves it is told so.
        return []
    if type(application) is not ASGIHandler:
        return []
    return [
        Error(
            f"{path} refuses WebSockets, and the URLconf has some.",
            hint="In that module, import get_asgi_application from django_ahead.asgi instead of django.core.asgi.",
            obj=path,
            id="ahead.E003",
        )
    ]


def check_consumers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.E004: a method of a consumer is not async."""
    return [
        Error(
            f"{consumer.__module__}.{consumer.__qualname__}.{name}() is not async.",
            hint=f"Make it `async def {name}`: consumers run on the event loop. "
            "What blocks is called with sync_to_async.",
            obj=consumer,
            id="ahead.E004",
        )
        for consumer in _consumers()
        for name in _ASYNC
        if inspect.isfunction(method := getattr(consumer, name, None)) and not inspect.iscoroutinefunction(method)
    ]


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.E005: AHEAD_WEBSOCKET has an unknown key, or names what cannot be imported."""
    try:
        read = websocket_settings()
    except ImproperlyConfigured as unknown:
        return [Error(str(unknown), hint="See docs/websockets.md for its keys.", obj=NAME, id="ahead.E005")]
    return [
        Error(
            f"{NAME} names {path!r}, which cannot be imported: {error}",
            hint="Name what exists, and install what it needs.",
            obj=NAME,
            id="ahead.E005",
        )
        for path in _paths(read)
        if (error := _import_error(path))
    ]


def check_layers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.W002 (--deploy): groups do not reach other processes."""
    backend = websocket_settings().layers.get("default", MEMORY).get("BACKEND")
    if backend != MEMORY["BACKEND"] or not has_patterns():
        return []
    return [
        Warning(
            "Groups of WebSockets are those of one process.",
            hint=f'With more than one, set {NAME}["LAYERS"] to RedisLayer. Silence this check if there is only one.',
            obj=NAME,
            id="ahead.W002",
        )
    ]


def check_server(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.W003 (--deploy): daphne is installed as an app, whose flow control a client can do without."""
    if not apps.is_installed("daphne") or not has_patterns():
        return []
    return [
        Warning(
            "daphne keeps in memory what a client does not read, without limit.",
            hint="It is fine for runserver. In production serve WebSockets with uvicorn or hypercorn.",
            obj="daphne",
            id="ahead.W003",
        )
    ]


def check_origins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.W004 (--deploy): every site may open WebSockets, with the cookies of its visitors."""
    origins = websocket_settings().origins
    if "*" not in (settings.ALLOWED_HOSTS if origins is None else origins) or not has_patterns():
        return []
    return [
        Warning(
            "Any site may open WebSockets as its visitors, because '*' is allowed.",
            hint=f'Name the hosts in ALLOWED_HOSTS, or the origins in {NAME}["ORIGINS"].',
            obj="ALLOWED_HOSTS" if origins is None else NAME,
            id="ahead.W004",
        )
    ]


def _consumers() -> Iterator[Any]:
    found = (getattr(application, "consumer_class", None) for application in applications())
    from django_ahead.websocket.consumer import LowLevelWebSocketConsumer

    return (each for each in dict.fromkeys(found) if each is not None and issubclass(each, LowLevelWebSocketConsumer))


def _paths(read: WebSocketSettings) -> list[str]:
    return [*read.middleware, *(layer.get("BACKEND", "") for layer in read.layers.values())]


def _import_error(path: str) -> str:
    try:
        import_string(path)
    except ImportError as error:
        return str(error)
    return ""

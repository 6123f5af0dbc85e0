"""What Channels calls something, and what django_ahead does (docs/channels.md has the table with its differences)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WEBSOCKET, URLS, ASGI, TESTING = (
    "django_ahead.websocket",
    "django_ahead.urls",
    "django_ahead.asgi",
    "django_ahead.testing",
)
CONSUMERS, LAYERS, ROUTING, SETTINGS, TESTS = (
    f"channels-{part}" for part in ("consumers", "layers", "routing", "settings", "tests")
)
GROUP = "channels"


class Part(StrEnum):
    """What a name of Channels is for: who handles its uses."""

    BASE = "base"  # a base class of consumers
    NAME = "name"  # means the same under its new name wherever it stands
    LAYER = "layer"  # gives a layer, or is what one raises
    STACK = "stack"  # a part of the ASGI application, which has no counterpart: it is built in
    MIDDLEWARE = "middleware"  # a base class of the project's own middleware
    TEST = "test"  # a communicator
    LIVE = "live"  # a base class of live tests


@dataclass(frozen=True, slots=True)
class Name:
    """A name of Channels; `to` and `new` are the module and the name of its counterpart."""

    part: Part
    to: str = ""
    new: str = ""


def _under(module: str, names: dict[str, Name]) -> dict[str, Name]:
    return {f"{module}.{name}": found for name, found in names.items()}


_STACK = Name(Part.STACK)
_TESTING = {
    "WebsocketCommunicator": Name(Part.TEST, TESTING, "WebSocketCommunicator"),
    "ApplicationCommunicator": Name(Part.TEST, "asgiref.testing", "ApplicationCommunicator"),
    "ChannelsLiveServerTestCase": Name(Part.LIVE, TESTING, "ASGILiveServerTestCase"),
}
NAMES: dict[str, Name] = {
    **_under(
        "channels.generic.websocket",
        {
            "AsyncWebsocketConsumer": Name(Part.BASE, WEBSOCKET, "WebSocketConsumer"),
            "AsyncJsonWebsocketConsumer": Name(Part.BASE, WEBSOCKET, "JsonWebSocketConsumer"),
            "WebsocketConsumer": Name(Part.BASE, WEBSOCKET, "WebSocketConsumer"),
            "JsonWebsocketConsumer": Name(Part.BASE, WEBSOCKET, "JsonWebSocketConsumer"),
        },
    ),
    **_under(
        "channels.consumer",
        {
            "AsyncConsumer": Name(Part.BASE, WEBSOCKET, "LowLevelWebSocketConsumer"),
            "SyncConsumer": Name(Part.BASE, WEBSOCKET, "LowLevelWebSocketConsumer"),
        },
    ),
    **_under(
        "channels.exceptions",
        {
            name: Name(Part.NAME, WEBSOCKET, name)
            for name in (
                "AcceptConnection",
                "DenyConnection",
                "StopConsumer",
            )
        },
    ),
    **_under(
        "channels.exceptions",
        {name: Name(Part.LAYER, WEBSOCKET, name) for name in ("ChannelFull", "InvalidChannelLayerError")},
    ),
    "channels.db.database_sync_to_async": Name(Part.NAME, "asgiref.sync", "sync_to_async"),
    "channels.layers.get_channel_layer": Name(Part.LAYER, WEBSOCKET, "get_layer"),
    **_under("channels.routing", {"ProtocolTypeRouter": _STACK, "URLRouter": _STACK}),
    **_under("channels.auth", {"AuthMiddlewareStack": _STACK, "AuthMiddleware": _STACK}),
    **_under(
        "channels.sessions",
        {"SessionMiddlewareStack": _STACK, "SessionMiddleware": _STACK, "CookieMiddleware": _STACK},
    ),
    **_under("channels.security.websocket", {"AllowedHostsOriginValidator": _STACK, "OriginValidator": _STACK}),
    "channels.middleware.BaseMiddleware": Name(Part.MIDDLEWARE),
    **_under("channels.testing", _TESTING),
    "channels.testing.websocket.WebsocketCommunicator": _TESTING["WebsocketCommunicator"],
    "channels.testing.live.ChannelsLiveServerTestCase": _TESTING["ChannelsLiveServerTestCase"],
}

# what has no counterpart, with why and what to do; the longest that fits counts
LEFT = {
    "channels.routing.ChannelNameRouter": (
        "workers that take messages from a channel (`runworker`) are no websockets",
        "leave them on Channels, or make them background tasks (django.tasks, Celery)",
    ),
    "channels.generic.http": (
        "a consumer of HTTP requests is no websocket",
        "write it as an async view with a StreamingHttpResponse over an async generator",
    ),
    "channels.auth": (
        "logging in and out through a socket works on a scope there, and on a request here",
        "log in with a view before the socket opens, or call alogin() with a request that has the session",
    ),
    "channels.testing": ("django_ahead has no such test tool", "use AsyncClient of django.test for HTTP"),
    "channels.http": ("the HTTP side of Channels 2 and 3.0 is Django's own today", "use django.core.asgi"),
}
_OTHER = ("django_ahead has no counterpart of it", "leave what uses it on Channels")


def is_explained(dotted: str) -> bool:
    """Whether there is more to say about a name that stays than that it has no counterpart."""
    return left(dotted) is not _OTHER


def left(dotted: str) -> tuple[str, str]:
    """Why a name of Channels stays, and what to do about it."""
    fitting = [name for name in LEFT if dotted == name or dotted.startswith(f"{name}.")]
    return LEFT[max(fitting, key=len)] if fitting else _OTHER

"""The setting AHEAD_WEBSOCKET: what may be in it, its defaults, and where it is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

NAME = "AHEAD_WEBSOCKET"
MEMORY = {"BACKEND": "django_ahead.websocket.layers.memory.MemoryLayer"}
CHANNELS = "django_ahead.websocket.layers.channels.ChannelsLayer"
# The setting of Channels for its layers.
CHANNEL_LAYERS = "CHANNEL_LAYERS"


@dataclasses.dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """AHEAD_WEBSOCKET with its defaults. A field is a key in capitals."""

    # Layers by alias: {"BACKEND": path, "OPTIONS": {...}}. Where it is not given, those of CHANNEL_LAYERS, if Channels
    # is installed: who publishes through Channels is heard. "default" is in memory otherwise.
    layers: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    # Origins that may connect. None: hosts of ALLOWED_HOSTS, and CSRF_TRUSTED_ORIGINS.
    origins: Sequence[str] | None = None
    # Whether a handshake without an Origin is refused. Browsers always send one.
    require_origin: bool = True
    # ASGI middleware around consumers, outermost first: paths of what takes the inner application.
    middleware: Sequence[str] = ()
    # Seconds in which connect() has to accept or to refuse; None: for ever.
    accept_timeout: float | None = 10
    # Seconds that a message to a client may take before the client is cut; None: for ever.
    send_timeout: float | None = 10
    # Seconds that a handler may go on after its client has gone before it is cancelled; None: for ever.
    disconnect_timeout: float | None = None
    # Seconds that sockets have to end in when the server stops.
    shutdown_timeout: float = 5
    # Messages of layers that may wait for one consumer.
    inbox: int = 100
    # The longest message of a client, in bytes or characters; None: what the server lets through.
    max_size: int | None = 16 * 2**20
    # Threads, and so database connections, that all sockets of a process share.
    db_contexts: int = 8


KEYS = {field.name.upper(): field.name for field in dataclasses.fields(WebSocketSettings)}


@cache
def websocket_settings() -> WebSocketSettings:
    """The setting as it is now. Raises ImproperlyConfigured for a key that does not exist."""
    given = getattr(settings, NAME, {})
    if unknown := sorted(set(given) - set(KEYS)):
        raise ImproperlyConfigured(f"{NAME} has no {', '.join(unknown)}. It has {', '.join(KEYS)}.")
    return WebSocketSettings(**{"layers": _of_channels(), **{KEYS[key]: value for key, value in given.items()}})


def _of_channels() -> Mapping[str, Mapping[str, Any]]:
    """The layers of a site that is on Channels, too: groups that both sides are in are those of Channels."""
    configured = getattr(settings, CHANNEL_LAYERS, None) or {}
    if not configured or find_spec("channels") is None:
        return {}
    return {alias: {"BACKEND": CHANNELS, "OPTIONS": {"alias": alias}} for alias in configured}


@receiver(setting_changed)
def _read_again(*, setting: str, **kwargs: Any) -> None:
    if setting in (NAME, CHANNEL_LAYERS):
        websocket_settings.cache_clear()

"""Layers: groups of sockets, and messages to them from anywhere.

from django_ahead.websocket.layers import get_layer

await get_layer().group_send("chat", {"type": "chat.message", "text": "hello"})
get_layer().group_send_sync("chat", {"type": "chat.message", "text": "hello"})  # in sync code
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from django_ahead.conf import CHANNEL_LAYERS, MEMORY, NAME, websocket_settings
from django_ahead.websocket.exceptions import InvalidChannelLayerError
from django_ahead.websocket.layers.base import Layer

__all__ = ["DEFAULT_LAYER", "Layer", "get_layer"]

DEFAULT_LAYER = "default"


def get_layer(alias: str = DEFAULT_LAYER) -> Layer:
    """The layer with this alias, one for the process. Raises InvalidChannelLayerError if there is none."""
    return _made(alias)


@cache
def _made(alias: str) -> Layer:
    configured = websocket_settings().layers
    if alias != DEFAULT_LAYER and alias not in configured:
        raise InvalidChannelLayerError(f'{NAME}["LAYERS"] has no {alias!r}.')
    config = configured.get(alias, MEMORY)
    try:
        backend = import_string(config["BACKEND"])
        layer: Layer = backend(**config.get("OPTIONS", {}))
    except (ImportError, KeyError, TypeError) as error:
        raise InvalidChannelLayerError(f'{NAME}["LAYERS"][{alias!r}]: {error}') from error
    return layer


@receiver(setting_changed)
def _make_again(*, setting: str, **kwargs: Any) -> None:
    if setting in (NAME, CHANNEL_LAYERS):
        _made.cache_clear()

"""What a consumer has of itself, what of it waits, and channel layers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.consumer_classes import WAITING
from amigrate.facts.effects import What
from amigrate.facts.lattice import NONE, OPAQUE, UNKNOWN, Kind, Type, instance, list_of

if TYPE_CHECKING:
    from amigrate.facts.flow import Flow

GET_LAYER = frozenset({"channels.layers.get_channel_layer", "django_ahead.websocket.get_layer"})
LAYER = "channels.layers.BaseChannelLayer"
SCOPE = "asgi.scope"
LAYER_METHODS = frozenset({"group_send", "group_add", "group_discard", "send", "receive", "new_channel", "flush"})
_TEXTS = frozenset({"path", "raw_path", "query_string", "root_path", "type", "http_version", "scheme", "cookies"})


def inherited_call(flow: Flow, node: ast.Call, owner: str, name: str) -> Type | None:
    """`self.name(…)` or `super().name(…)` of what a consumer inherits; None for anything else.

    In a sync consumer it waits, and is async in the async form: an effect tells. An async one gives a coroutine.
    """
    consumers = flow.analyst.classes.consumers
    if not consumers.plain(owner):
        return None
    if name in ("encode_json", "decode_json"):
        if not consumers.is_part_of_sync(owner):
            return Type(Kind.COROUTINE, item=OPAQUE)
        flow.emit(What.CONSUMER, node, Type(Kind.OBJECT, owner), name)
        return OPAQUE
    if name not in WAITING and not name.startswith("websocket_"):
        return OPAQUE if name in ("__init__", "get_layer") else None
    if not consumers.is_part_of_sync(owner):
        return Type(Kind.COROUTINE, item=NONE)
    flow.emit(What.CONSUMER, node, Type(Kind.OBJECT, owner), name)
    return NONE


def attribute(flow: Flow, node: ast.expr, owner: str, name: str) -> Type | None:
    """What Channels keeps on a consumer; None for other attributes and other classes.

    What waits and is handed over, and not called, is an effect too.
    """
    consumers = flow.analyst.classes.consumers
    if not consumers.plain(owner):
        return None
    if name in WAITING and consumers.is_part_of_sync(owner):
        flow.emit(What.CONSUMER, node, Type(Kind.OBJECT, owner), name, value=True)
        return OPAQUE
    if name == "scope":
        return Type(Kind.DICT, SCOPE, item=UNKNOWN)
    if name == "channel_layer":
        return Type(Kind.OBJECT, LAYER)
    if name in ("channel_name", "channel_layer_alias"):
        return OPAQUE
    return list_of(OPAQUE) if name == "groups" else None


def item(flow: Flow, base: Type, key: ast.expr) -> Type | None:
    """`scope["user"]` and the like; None where `base` is no scope. Its user is loaded, unlike that of a request."""
    if base.kind is not Kind.DICT or base.ref != SCOPE:
        return None
    match key.value if isinstance(key, ast.Constant) else None:
        case "user":
            return instance(flow.analyst.graph.user_model, saved=True)
        case "session":
            return Type(Kind.SESSION)
        case "url_route":
            return Type(Kind.DICT, item=Type(Kind.DICT, item=OPAQUE))
        case "headers" | "subprotocols" | "client" | "server":
            return list_of(list_of(OPAQUE))
        case str(name) if name in _TEXTS:
            return Type(Kind.DICT, item=OPAQUE) if name == "cookies" else OPAQUE
    return UNKNOWN


def layer_call(name: str) -> Type:
    """A method of a channel layer: all that wait are async."""
    return Type(Kind.COROUTINE, item=OPAQUE) if name in LAYER_METHODS else OPAQUE

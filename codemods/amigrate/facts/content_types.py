"""The ContentType manager's own methods: they query when the cache of content types is cold, and have no async form."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import builtin_models as builtin
from amigrate.facts.effects import What
from amigrate.facts.lattice import NONE, UNKNOWN, Kind, Type, instance

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Flow

_ONE = frozenset({"get_for_model", "get_for_id", "get_by_natural_key"})


def manager_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type | None:
    """`ContentType.objects.get_for_model(Book)`; None for what is no method of that manager alone.

    `item` of the instance that is given back is its model class, where that is known.
    """
    if base.ref != builtin.CONTENT_TYPE or base.kind is not Kind.MANAGER:
        return None
    if name == "clear_cache":
        return NONE
    if name not in _ONE and name != "get_for_models":
        return None
    flow.emit(What.BRIDGE, node, base, f"{builtin.CONTENT_TYPE}.objects.{name} has no async form")
    kind = instance(builtin.CONTENT_TYPE, saved=True)
    if name == "get_for_models":
        return Type(Kind.DICT, item=kind, key=UNKNOWN)
    first = args.positional[0][1] if args.positional else UNKNOWN
    if name == "get_for_model" and first.kind in (Kind.MODEL, Kind.INSTANCE) and first.ref:
        return kind.but(item=Type(Kind.MODEL, first.ref))
    return kind


def instance_method(flow: Flow, node: ast.Call, base: Type, name: str) -> Type | None:
    """The methods of a content type; None for what is none of them."""
    if name == "model_class":
        return base.item or UNKNOWN
    if name == "get_object_for_this_type":
        flow.emit(What.BRIDGE, node, base, f"{builtin.CONTENT_TYPE}.{name} has no async form")
        return instance(base.item.ref, saved=True) if base.item is not None else UNKNOWN
    if name == "get_all_objects_for_this_type":
        return Type(Kind.QUERYSET, base.item.ref, touched=True) if base.item is not None else UNKNOWN
    return None

"""Methods of the cache framework."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import orm_api
from amigrate.facts.effects import What
from amigrate.facts.lattice import LAZY, UNKNOWN, Kind, Type, members
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Flow

_PLAIN = frozenset({Kind.OPAQUE, Kind.NONE, Kind.LIST, Kind.DICT, Kind.INSTANCE})


def cache_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type:
    """A method of the cache. What it gives was pickled: nothing lazy, but maybe an instance."""
    stored = UNKNOWN.but(cached=True)
    if name.startswith("a") and name[1:] in orm_api.CACHE_METHODS:
        return Type(Kind.COROUTINE, item=stored)
    if name not in orm_api.CACHE_METHODS:
        flow.emit(What.DOUBT, node, base, f"`cache.{name}()` is not Django's: what it does is not known")
        return UNKNOWN
    if name == "get_or_set" and _computes(flow, args):
        flow.emit(What.BRIDGE, node, base, "cache.get_or_set calls the function that it is given, which may query")
        return stored
    for argument, value in args.pairs():
        if any(m.kind in LAZY and not m.cached for m in members(value)):
            flow.emit(What.DOUBT, argument, detail="a queryset is cached, which evaluates it")
        elif any(m.kind in (Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL) for m in members(value)) and name != "get":
            flow.emit(What.VALUE, argument, value, targets=(value.ref,) if value.kind is Kind.FUNCTION else ())
    flow.emit(What.CACHE, node, base, name)
    return Type(Kind.DICT, item=stored) if name == "get_many" else stored


def _computes(flow: Flow, args: Arguments) -> bool:
    """Whether the default is, or may be, a function that blocks: aget_or_set() would call it on the event loop."""
    given = args.keywords.get("default") or (args.positional[1] if len(args.positional) > 1 else None)
    if given is None:
        return args.starred
    argument, value = given
    computes = False
    for one in members(value):
        if one.kind is Kind.FUNCTION:
            computes |= flow.analyst.blocks(one.ref)
        elif one.kind is Kind.PARTIAL and one.ref == "lambda" and isinstance(argument, ast.Lambda):
            inside = set(walk(argument.body))
            computes |= any(found and at in inside for at, found in flow.found.items())
        elif one.kind in LAZY or one.kind not in _PLAIN:
            computes = True
    if computes and isinstance(argument, ast.Attribute):
        flow.reset(argument)  # a bound method is called in the thread
    return computes

"""Calls of a method on what is one of several things: a model instance, or an object with a method of that name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.lattice import Kind, Type, join, members

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

# what is awaited under another name, which only Django's own objects have
_RENAMING = frozenset({What.TERMINAL, What.ITERATOR, What.SESSION, What.CACHE, What.AUTH, What.SIGNAL, What.FUNCTION})
_DJANGO = frozenset({Kind.INSTANCE, Kind.QUERYSET, Kind.RAW, Kind.MANAGER, Kind.RELATED, Kind.MODEL})
_DJANGO |= {Kind.REQUEST, Kind.SESSION, Kind.CACHE, Kind.NONE}


def method_of_any(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """The type of `base.name(…)`, where `base` may be of several types.

    `await thing.asave()` is right only if everything that `thing` may be has it: else it is `save()` in a thread.
    """
    from amigrate.facts.calls import method  # calls.py is above this in the order of calls

    result: Type | None = None
    renamed = foreign = False
    for one in members(base):
        before = len(flow.found.get(node, ()))
        result = join(result, method(flow, node, one, name, args, env))
        here = any(effect.what in _RENAMING for effect in flow.found.get(node, [])[before:])
        renamed |= here
        foreign |= not here and one.kind not in _DJANGO
    if renamed and foreign:
        targets = tuple(t for e in flow.found[node] if e.what is What.CALL for t in e.targets)
        flow.drop(node, *_RENAMING, What.CALL)
        if targets:
            flow.emit(What.CALL, node, detail=ast.unparse(node.func), targets=targets, mixed=True)
        flow.emit(What.BRIDGE, node, base, f"`.{name}()` is that of a model, or of something else")
    assert result is not None  # a type has at least one member
    return result

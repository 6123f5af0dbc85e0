"""What makes Django forget a relation that was loaded: reading it queries again afterwards."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import orm_api
from amigrate.facts.effects import What
from amigrate.facts.lattice import LAZY, Kind, Type
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.flow import Env, Flow

_CALLS = frozenset({"refresh_from_db", "arefresh_from_db", "setattr", "delattr"})
_CHANGING = orm_api.RELATED_TERMINALS.keys() | {"create", "get_or_create", "update_or_create"}


def unload(flow: Flow, env: Env, model: str = "", *, prefetched_only: bool = False) -> None:
    """Instances of a model ("" for any) have lost what was loaded, under whatever name they are known."""
    flow.unloads += 1
    for name, value in env.items():
        env[name] = _without(value, model, prefetched_only)


def _without(value: Type, model: str, prefetched_only: bool) -> Type:
    row = value.kind in (Kind.INSTANCE, Kind.OBJECT) or (value.kind in LAZY and value.cached)
    if row and (not model or value.ref == model):
        value = value.but(prefetched=frozenset())
        if not prefetched_only:
            value = value.but(loaded=frozenset(), origins=None)
    inner = {}
    for part in ("item", "key"):
        old = getattr(value, part)
        if old is not None and (new := _without(old, model, prefetched_only)) != old:
            inner[part] = new
    options = tuple(_without(o, model, prefetched_only) for o in value.options)
    if inner or options != value.options:
        value = value.but(options=options, **inner)
    return value


def unloads(analyst: Analyst, qualified: str) -> bool:
    """Whether running a function may make instances that it gets forget their relations."""
    known = analyst.unloading
    if qualified not in known:
        known[qualified] = False  # what calls itself adds nothing
        node = analyst.trees.node(qualified)
        known[qualified] = node is not None and (
            any(_forgets(part) for part in walk(node))
            or any(_changes(analyst, t) for t in _targets(analyst, qualified))
        )
    return known[qualified]


def _forgets(part: ast.AST) -> bool:
    if isinstance(part, ast.Attribute) and part.attr == "__dict__":
        return True  # where cached properties and relations keep their values
    if isinstance(part, ast.Attribute) and not isinstance(part.ctx, ast.Load):
        return part.attr.endswith("_id") or isinstance(part.ctx, ast.Del)
    if isinstance(part, ast.Call):
        func = part.func
        return (func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")) in _CALLS
    return False


def _targets(analyst: Analyst, qualified: str) -> list[str]:
    effects = analyst.told(qualified).effects
    if any(e.what is What.TERMINAL and e.receiver.kind is Kind.RELATED and e.detail in _CHANGING for e in effects):
        return [qualified, ""]
    return [target for effect in effects if effect.what is not What.VALUE for target in effect.targets]


def _changes(analyst: Analyst, target: str) -> bool:
    return not target or unloads(analyst, target)

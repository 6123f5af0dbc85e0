"""Displays and comprehensions: the containers that they make."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import evaluated
from amigrate.facts.conditions import condition, narrow
from amigrate.facts.iterating import iterate
from amigrate.facts.lattice import NONE, OPAQUE, UNKNOWN, Kind, Type, join, list_of
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


def display(flow: Flow, node: ast.List | ast.Tuple | ast.Set, env: Env) -> Type:
    """`[a, *b]` and the like."""
    parts = [flow.expression(e, env) for e in node.elts]
    starred = any(isinstance(e, ast.Starred) for e in node.elts)
    item: Type | None = None
    for element, part in zip(node.elts, parts, strict=True):
        item = join(item, part.item if isinstance(element, ast.Starred) else part)
    options = () if starred or not isinstance(node, ast.Tuple) else tuple(parts)
    return Type(Kind.LIST, item=item or NONE, options=options)


def dictionary(flow: Flow, node: ast.Dict, env: Env) -> Type:
    """`{k: v, **other}`."""
    item: Type | None = None
    keys: Type | None = None
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            keys = join(keys, flow.expression(key, env))
        part = flow.expression(value, env)
        known = part.kind is Kind.DICT
        item = join(item, part if key is not None else (part.item if known else UNKNOWN))
        if key is None:
            keys = join(keys, (part.key or OPAQUE) if known else UNKNOWN)
    return Type(Kind.DICT, item=item or NONE, key=keys)


def comprehension(flow: Flow, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, env: Env) -> Type:
    """A comprehension; its names are its own."""
    inside = dict(env)
    for at, clause in enumerate(node.generators):
        iterable = flow.expression(clause.iter, inside)
        item = iterate(flow, clause.iter, iterable, inside, host=node, clause=at, awaited=bool(clause.is_async))
        flow.assign(clause.target, item, inside, None)
        for test in clause.ifs:
            condition(flow, test, inside)
            inside = narrow(flow, test, inside)[0]
    if isinstance(node, ast.DictComp):
        key = flow.expression(node.key, inside)
        value = flow.expression(node.value, inside)
        _leave(node, inside, env)
        return Type(Kind.DICT, item=value, key=key)
    # what the iteration did to names of the enclosing function (a filled result cache) holds afterwards
    element = flow.expression(node.elt, inside)
    _leave(node, inside, env)
    return list_of(element)


def _leave(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, inside: Env, env: Env) -> None:
    """The names of the enclosing function after a comprehension: what its first clause runs through is evaluated."""
    targets = {n.id for c in node.generators for n in walk(c.target) if isinstance(n, ast.Name)}
    first = node.generators[0].iter
    for name in env.keys() - targets:
        if isinstance(first, ast.Name) and first.id == name:
            env[name] = inside[name]
        elif inside[name].cached and not env[name].cached:
            env[name] = evaluated.touched(env[name])  # a later clause may not have been reached

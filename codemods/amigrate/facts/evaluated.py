"""The result cache of querysets: who else may fill it, and who relies on it later."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from amigrate.facts import orm_api
from amigrate.facts.lattice import LAZY, Kind, Type, members
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow

_CACHED_ANSWERS = frozenset({"count", "exists", "contains", "first", "iterator"})
# methods that query, or build a queryset, whatever the cache holds
_FRESH = (orm_api.LAZY_METHODS | orm_api.TERMINALS.keys()) - _CACHED_ANSWERS
_ANSWERS = ("count", "exists", "contains")
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def touched(value: Type) -> Type:
    """The type of a queryset that other code can reach: it may be evaluated already."""
    if not any(m.kind in LAZY and not m.cached for m in members(value)):
        return value
    if value.kind is Kind.UNION:
        return value.but(options=tuple(touched(o) for o in value.options))
    return value.but(touched=True)


def touch(nodes: Iterable[ast.expr], env: Env) -> None:
    """Querysets under these names are reached, and maybe evaluated, by other code from here on."""
    for node in nodes:
        for part in walk(node) if isinstance(node, ast.Dict | ast.List | ast.Tuple) else (node,):
            if isinstance(part, ast.Starred):
                part = part.value
            if isinstance(part, ast.Name) and part.id in env:
                env[part.id] = touched(env[part.id])


def kept(flow: Flow, node: ast.expr, value: Type) -> bool:
    """Whether the results that testing or counting a queryset brings may be used again: then they must be kept."""
    for owner in {part for one in members(value) for part in one.manager.split("|") if part}:
        if any(flow.analyst.program.find_method(owner, name) for name in _ANSWERS):
            return True  # its own count() may not be what len() counts
    if isinstance(node, ast.NamedExpr):
        node = node.target
    if isinstance(node, ast.Name):
        return value.touched or node.id in flow.parameters or _used_again(flow, node)
    return isinstance(node, ast.Attribute | ast.Subscript) or value.touched


def _used_again(flow: Flow, node: ast.Name) -> bool:
    if node.id not in flow.locals:
        return True
    if _each_turn(flow, node):
        return True
    repeated = _loop(flow, node)
    here = (node.lineno, node.col_offset)
    for other in walk(flow.analysis.node):
        if not (isinstance(other, ast.Name) and other.id == node.id and isinstance(other.ctx, ast.Load)):
            continue
        later = (other.lineno, other.col_offset) > here or repeated
        if other is not node and (not _is_fresh(flow, other) if later else _is_stored(flow, other)):
            return True
    return False


def _is_stored(flow: Flow, node: ast.Name) -> bool:
    """Whether a queryset is put where it is used later under another name: `context["books"] = books`."""
    parent = flow.analysis.parents.get(node)
    if isinstance(parent, ast.Assign):
        return any(not isinstance(target, ast.Name) for target in parent.targets)
    return isinstance(parent, ast.Dict | ast.List | ast.Tuple)


def _is_fresh(flow: Flow, node: ast.Name) -> bool:
    parent = flow.analysis.parents.get(node)
    return isinstance(parent, ast.Attribute) and parent.attr in _FRESH


def _loop(flow: Flow, node: ast.AST) -> bool:
    parent = flow.analysis.parents.get(node)
    while parent is not None and parent is not flow.analysis.node:
        if isinstance(parent, _LOOPS):
            return True
        parent = flow.analysis.parents.get(parent)
    return False


def _each_turn(flow: Flow, node: ast.Name) -> bool:
    """Whether a loop comes back to this very use with the same queryset, whose results are in memory by then."""
    child: ast.AST = node
    parent = flow.analysis.parents.get(node)
    while parent is not None and parent is not flow.analysis.node:
        if isinstance(parent, _LOOPS) and child is not getattr(parent, "iter", None):
            stored = (part for part in walk(parent) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
            if all(part.id != node.id for part in stored):
                return True
        child, parent = parent, flow.analysis.parents.get(parent)
    return False


def fill(node: ast.expr, value: Type, env: Env) -> None:
    """A queryset under a name was evaluated as a whole: its cache is full now."""
    if isinstance(node, ast.NamedExpr):
        node = node.target
    if isinstance(node, ast.Name) and node.id in env and all(one.kind in LAZY for one in members(value)):
        full = tuple(one.but(cached=not one.iterator, touched=False) for one in members(value))
        env[node.id] = value.but(options=full) if value.kind is Kind.UNION else full[0]

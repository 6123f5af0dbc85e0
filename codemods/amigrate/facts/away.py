"""Syntax trees that are put away for the time being, since most of the memory of a large project is theirs.

An analysis names nodes of its function's tree. Once these are numbers, the tree can go; it is parsed again, to the same
nodes in the same order, for who asks for the analysis with its nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container
from dataclasses import replace
from typing import TYPE_CHECKING

from amigrate.facts.effects import Analysis, Effect
from amigrate.facts.nodes import walk
from amigrate.facts.trees import outermost

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.trees import FunctionNode, Trees

_Put = Callable[[ast.AST], ast.AST]


class Number(ast.AST):
    """Stands for a node of a function: its place in the order of `walk`, from the outermost function around."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


def put_away(analyst: Analyst, kept: Container[str]) -> None:
    """Puts away all trees, but those of the functions in `kept` and of what these are nested in."""
    families: dict[str, list[Analysis]] = {}
    for name, analysis in analyst.analyses.items():
        if not analysis.away:
            families.setdefault(outermost(name), []).append(analysis)
    left: set[str] = set()
    for top, family in families.items():
        root = analyst.trees.held(top)
        wanted = any(not analysis.complete or analysis.qualified in kept for analysis in family)
        if root is None or wanted or not _numbered(family, root):
            left.add(top)
    analyst.trees.keep_only(left)
    analyst.names.forget_nodes()
    analyst.standing = 0


def bring_back(analysis: Analysis, trees: Trees) -> None:
    """Gives an analysis, and those of the functions around and in it, their nodes again."""
    top = outermost(analysis.qualified)
    root = trees.tree(top[:-1]) if top.endswith(".") else trees.node(top)
    assert root is not None  # it was parsed before, from the same bytes
    nodes = walk(root)
    for one in analysis.away:
        _exchange(one, lambda number: nodes[number.index] if isinstance(number, Number) else number)
        one.away = ()


def _numbered(family: list[Analysis], root: FunctionNode | ast.Module) -> bool:
    """Puts numbers in the place of nodes; False where an analysis names others than those of its tree."""
    places = {node: at for at, node in enumerate(walk(root))}
    used = [node for one in family for node in _nodes(one)]
    if any(node is None or node not in places for node in used):
        return False
    numbers = {node: Number(places[node]) for node in used if node is not None}
    for one in family:
        _exchange(one, numbers.__getitem__)
        one.away = tuple(family)
    return True


def _nodes(analysis: Analysis) -> list[ast.AST | None]:
    """All nodes that an analysis names; None among them for those that something in it holds in its own way."""
    found: list[ast.AST | None] = [analysis.node, *analysis.values]
    found += [node for node, _ in analysis.origins.values()]
    for effect in analysis.effects:
        found.append(effect.node)
        for value in effect.extra.values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, tuple | list | dict):
                found.append(None)
    return found


def _exchange(analysis: Analysis, put: _Put) -> None:
    """Puts other nodes in the place of those that an analysis names."""
    analysis.node = put(analysis.node)  # type: ignore[assignment]  # a number stands for it meanwhile
    analysis.effects = [_exchanged(effect, put) for effect in analysis.effects]
    analysis.values = {put(node): kind for node, kind in analysis.values.items()}  # type: ignore[misc]  # as above
    analysis.origins = {at: (put(node), kind) for at, (node, kind) in analysis.origins.items()}  # type: ignore[misc]  # as above


def _exchanged(effect: Effect, put: _Put) -> Effect:
    extra = effect.extra
    if any(isinstance(value, ast.AST) for value in extra.values()):
        extra = {name: put(value) if isinstance(value, ast.AST) else value for name, value in extra.items()}
    return replace(effect, node=put(effect.node), extra=extra)

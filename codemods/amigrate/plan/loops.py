"""Loops in which every turn would be a thread hop: cheaper in one sync function, behind one bridge.

An awaited query takes two to three times as long as a sync one, since it hops to a thread and back. One hop around the
whole loop does not. What the loop does stays as it is, so it is also not cancelled in the middle.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from amigrate.facts.effects import What
from amigrate.facts.nodes import inner_statements
from amigrate.plan.context import Draft, span

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_HOPS = frozenset(
    {"orm-terminal", "orm-instance", "orm-shortcuts", "orm-materialise", "orm-evaluation", "orm-iteration"}
    | {"orm-relations", "sync-bridge", "async-cache"}
)
_NO_HOP = frozenset({"select-related", "load-fields", "fk-id", "name"})
_WAITS = "would block the event loop"


def slow_loops(draft: Draft) -> list[ast.For | ast.While]:
    """The outermost loops whose turns hop, and that only talk to the database.

    An entry point that the user named is converted all the same.
    """
    if draft.analysis.qualified in draft.context.entries or isinstance(draft.analysis.node, ast.Module):
        return []
    return [loop for loop in _loops(draft.analysis.node) if _is_slow(draft, loop)]


def _loops(node: ast.AST) -> Iterator[ast.For | ast.While]:
    for child in inner_statements(node):
        if isinstance(child, ast.For | ast.While):
            yield child
        elif not isinstance(child, _FUNCTIONS):
            yield from _loops(child)


def _is_slow(draft: Draft, loop: ast.For | ast.While) -> bool:
    first, last = loop.body[0].lineno, loop.body[-1].end_lineno or loop.body[-1].lineno
    inside = [site for site in draft.sites if first <= site.span.line <= last and site.span != span(loop)]
    waits = any(
        effect.what is What.BRIDGE and _WAITS in effect.detail and first <= getattr(effect.node, "lineno", 0) <= last
        for effect in draft.analysis.effects
    )
    if waits or any(site.codemod == "async-calls" for site in inside):
        return False
    return any(site.codemod in _HOPS and site.param("op") not in _NO_HOP for site in inside)

"""Writes between which a request can be cancelled: a reviewer is told of each.

From Django 5.0 a client that disconnects cancels an async view, at whichever `await` it stands (ticket #33738); a sync
view runs to its end. So a write that used to be followed by another one for sure may remain alone. What helps is to
keep such writes in one sync function, in a transaction, behind one `sync_to_async`.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from amigrate.facts.effects import Effect
from amigrate.facts.nodes import walk
from amigrate.facts.writes import saves
from amigrate.model import Confidence, Site
from amigrate.plan.context import Draft, span

_SINCE = (5, 0)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_WHO = "a client that disconnects (from Django 5.0)"


def flag_writes(draft: Draft) -> None:
    """Lowers the confidence of each write that follows another one, and says so in its reason."""
    if draft.context.django_version < _SINCE:
        return
    writes = [e for e in draft.analysis.effects if saves(draft.context.analyst, e)]
    for at, effect in enumerate(writes):
        earlier = next((w for w in writes[:at] if _one_after_the_other(draft, w.node, effect.node)), None)
        if earlier is not None:
            line = getattr(earlier.node, "lineno", 0)
            _flag(draft, effect, f"{_WHO} cancels it after the write in line {line}")
        elif _in_loop(draft, effect.node):
            _flag(draft, effect, f"{_WHO} cancels the turns of the loop that are left")


def _flag(draft: Draft, effect: Effect, why: str) -> None:
    place = span(effect.node)
    draft.sites[:] = [
        replace(site, confidence=max(site.confidence, Confidence.REVIEW, key=lambda c: c.rank), reason=_said(site, why))
        if site.span == place
        else site
        for site in draft.sites
    ]


def _said(site: Site, why: str) -> str:
    return site.reason if _WHO in site.reason else f"{site.reason}; {why}"


def _in_loop(draft: Draft, node: ast.AST) -> bool:
    parent = draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, _LOOPS):
            return True
        parent = draft.parent(parent)
    return False


def _one_after_the_other(draft: Draft, first: ast.AST, second: ast.AST) -> bool:
    """Whether one run of the function may get to both."""
    above = {id(node): at for at, node in enumerate(_ancestors(draft, second))}
    child = first
    for node in _ancestors(draft, first):
        if id(node) in above:
            other = _child_towards(draft, second, node)
            return other is not child and not _alternatives(node, child, other)
        if _always_leaves(node, child):
            return False
        child = node
    return False


def _ancestors(draft: Draft, node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    parent = draft.parent(node)
    while parent is not None:
        found.append(parent)
        parent = draft.parent(parent)
    return found


def _child_towards(draft: Draft, node: ast.AST, ancestor: ast.AST) -> ast.AST:
    while (parent := draft.parent(node)) is not ancestor and parent is not None:
        node = parent
    return node


def _alternatives(node: ast.AST, one: ast.AST, other: ast.AST) -> bool:
    """Whether of two children of a node only one runs: the branches of an `if`, the cases of a `match`."""
    if isinstance(node, ast.If):
        return (one in node.body and other in node.orelse) or (one in node.orelse and other in node.body)
    if isinstance(node, ast.IfExp):
        return {id(one), id(other)} == {id(node.body), id(node.orelse)}
    return isinstance(one, ast.match_case) and isinstance(other, ast.match_case)


def _always_leaves(node: ast.AST, child: ast.AST) -> bool:
    """Whether what follows a branch is not reached from it: it ends by returning or raising."""
    for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
        if isinstance(body, list) and child in body and isinstance(node, ast.If | ast.match_case | ast.ExceptHandler):
            return isinstance(body[-1], _ENDS)
    return isinstance(child, ast.Return) and child in walk(node)

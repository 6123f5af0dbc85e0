"""Sites for what stays sync: one `sync_to_async` around it."""

from __future__ import annotations

import ast

from amigrate.facts.effects import What
from amigrate.facts.lattice import LAZY
from amigrate.facts.nodes import walk
from amigrate.model import Confidence, Site
from amigrate.plan.awaiting import parens
from amigrate.plan.context import Draft
from amigrate.plan.imported import spelled
from amigrate.plan.moving import INTROSPECTIVE

ADAPTER = "asgiref.sync.sync_to_async"
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def adapter_name(draft: Draft) -> str:
    """How the file already spells `sync_to_async`, "" when it must be imported."""
    if draft.adapter is None:
        draft.adapter = _adapter_name(draft)
    return draft.adapter


def _adapter_name(draft: Draft) -> str:
    found = spelled(draft, ADAPTER, "sync_to_async")
    if found is None:
        draft.refuse(draft.analysis.node, "`sync_to_async` is the name of something else here", "rename that")
    return found or ""


def bridge_call(
    draft: Draft, node: ast.Call, reason: str, confidence: Confidence = Confidence.SAFE, codemod: str = "sync-bridge"
) -> None:
    """`f(args)` → `await sync_to_async(f)(args)`."""
    if once_a_row(draft, node):
        return
    draft.bridges += 1
    draft.bridged.add(node)
    before = len(draft.sites)
    draft.add(node, codemod, reason, confidence, parens=parens(draft, node), name=adapter_name(draft))
    if len(draft.sites) > before:
        draft.chains[node] = draft.sites[-1]


def merge_bridges(draft: Draft) -> None:
    """`RequestConfig(request).configure(load(table))`, all bridged, becomes one bridge around the whole expression."""
    for outer, site in sorted(draft.chains.items(), key=lambda one: _width(one[0])):  # the widest first
        parts = set(walk(outer)) if outer in draft.chains and site.codemod != "render-bridge" else set()
        inner = [n for n in draft.chains if n is not outer and n in parts]
        if not inner or any(_bound_to_its_place(part) for part in parts):
            continue
        inside = {_corners(n) for n in parts if isinstance(n, ast.expr)}
        merged = {draft.chains[n] for n in inner} | {site}
        awaited = (s for s in draft.sites if s not in merged and not (s.codemod == "request-user" and _is_name(s)))
        if inside.intersection((s.span.line, s.span.col, s.span.end_line, s.span.end_col) for s in awaited):
            continue  # something in it is awaited by itself
        draft.sites = [s for s in draft.sites if s not in merged]
        draft.bridges -= len(merged)
        for node in (outer, *inner):
            draft.chains.pop(node, None)
        bridge_expression(draft, outer, site.reason, op="lambda")


def _width(node: ast.expr) -> tuple[int, int]:
    """Orders expressions so that those come first that others are in."""
    line, column, end_line, end_column = _corners(node)
    return line - end_line, column - end_column if line == end_line else 0


def _corners(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def _bound_to_its_place(part: ast.AST) -> bool:
    """Whether a node would mean something else, or nothing, in a lambda."""
    asynchronous = isinstance(part, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr)
    return asynchronous or (isinstance(part, ast.Name) and part.id in INTROSPECTIVE)


def _is_name(site: Site) -> bool:
    """Whether `request.user` only becomes the name of the user that was loaded before."""
    return site.param("op") == "name"


def once_a_row(draft: Draft, node: ast.AST) -> bool:
    """Whether a bridge here would be a thread hop for every row of a query; the obstacle is recorded then.

    An entry point that the user named is converted all the same.
    """
    if draft.analysis.qualified in draft.context.entries:
        return False
    rows = {e.node for e in draft.analysis.effects if e.what is What.ITERATE and e.receiver.kind in LAZY}
    child, parent = node, draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        in_body = isinstance(parent, ast.For) and child in parent.body
        in_element = isinstance(parent, _COMPREHENSIONS) and not isinstance(child, ast.comprehension)
        if (in_body or in_element) and parent in rows:
            draft.row_loops |= {parent} if isinstance(parent, ast.For) else set()
            draft.refuse(
                node,
                "in the loop over a query something that has only a sync form would be a thread hop for every row",
                "load what it needs with the query, or move the whole loop into a sync function and bridge that",
            )
            return True
        child, parent = parent, draft.parent(parent)
    return False


def bridge_expression(draft: Draft, node: ast.expr, reason: str, op: str) -> None:
    """A generator's run (`op` "list") or any expression (`op` "lambda") in one hop."""
    if once_a_row(draft, node):
        return
    draft.bridges += 1
    draft.bridged.add(node)
    draft.add(
        node, "sync-bridge", reason, Confidence.REVIEW, op=op, parens=parens(draft, node), name=adapter_name(draft)
    )

"""Sites for what stays sync: one `sync_to_async` around it."""

from __future__ import annotations

import ast

from amigrate.model import Confidence
from amigrate.plan.awaiting import parens
from amigrate.plan.context import Draft

ADAPTER = "asgiref.sync.sync_to_async"


def adapter_name(draft: Draft) -> str:
    """How the file already spells `sync_to_async`, "" when it must be imported."""
    facts = draft.context.analyst.program.modules[draft.module]
    for local, target in facts.imports:
        if target == ADAPTER:
            return local
        if target == "asgiref.sync":
            return f"{local}.sync_to_async"
    return ""


def bridge_call(
    draft: Draft, node: ast.Call, reason: str, confidence: Confidence = Confidence.SAFE, codemod: str = "sync-bridge"
) -> None:
    """`f(args)` → `await sync_to_async(f)(args)`."""
    draft.bridges += 1
    draft.bridged.add(node)
    before = len(draft.sites)
    draft.add(node, codemod, reason, confidence, parens=parens(draft, node), name=adapter_name(draft))
    if len(draft.sites) > before:
        draft.chains[node] = draft.sites[-1]


def merge_chains(draft: Draft) -> None:
    """`RequestConfig(request).configure(table)`, both bridged, become one bridge around the whole expression."""
    for outer, site in list(draft.chains.items()):
        inner = [n for n in _receivers(outer) if n in draft.chains]
        if not inner or outer not in draft.chains or site.codemod != "sync-bridge":
            continue
        parts = (n for n in ast.walk(outer) if isinstance(n, ast.expr))
        inside = {(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset) for n in parts}
        chained = {draft.chains[n] for n in inner} | {site}
        spans = [(s.span.line, s.span.col, s.span.end_line, s.span.end_col) for s in draft.sites if s not in chained]
        if inside.intersection(spans):
            continue  # something in it is awaited by itself
        draft.sites = [s for s in draft.sites if s not in chained]
        draft.bridges -= len(chained)
        for node in (outer, *inner):
            draft.chains.pop(node, None)
        bridge_expression(draft, outer, site.reason, op="lambda")


def _receivers(node: ast.Call) -> list[ast.Call]:
    """The calls in the chain before the last one: of `a(x).b(y).c(z)` the first two."""
    found: list[ast.Call] = []
    current: ast.expr = node.func
    while True:
        if isinstance(current, ast.Attribute | ast.Subscript):
            current = current.value
        elif isinstance(current, ast.Call):
            found.append(current)
            current = current.func
        else:
            return found


def bridge_expression(draft: Draft, node: ast.expr, reason: str, op: str) -> None:
    """A generator's run (`op` "list") or any expression (`op` "lambda") in one hop."""
    draft.bridges += 1
    draft.bridged.add(node)
    draft.add(
        node, "sync-bridge", reason, Confidence.REVIEW, op=op, parens=parens(draft, node), name=adapter_name(draft)
    )

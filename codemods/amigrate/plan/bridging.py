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
    draft.add(node, codemod, reason, confidence, parens=parens(draft, node), name=adapter_name(draft))


def bridge_expression(draft: Draft, node: ast.expr, reason: str, op: str) -> None:
    """A generator's run (`op` "list") or any expression (`op` "lambda") in one hop."""
    draft.bridges += 1
    draft.bridged.add(node)
    draft.add(node, "sync-bridge", reason, Confidence.REVIEW, op=op, parens=parens(draft, node), name=adapter_name(draft))

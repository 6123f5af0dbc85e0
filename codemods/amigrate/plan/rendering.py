"""Renders that django_ahead awaits, where the project may use it."""

from __future__ import annotations

import ast

from amigrate.plan.awaiting import parens
from amigrate.plan.bridging import once_a_row
from amigrate.plan.context import Draft
from amigrate.plan.imported import spelled

RUNTIME = "django_ahead"
CODEMOD = "async-render"
ONE_HOP = frozenset({"arender", "arender_to_string", "arender_template", "aget_template", "aselect_template"})
_ASYNC = {
    "django.shortcuts.render": "arender",
    "django.template.loader.render_to_string": "arender_to_string",
}


def async_render(draft: Draft, node: ast.Call, reason: str) -> bool:
    """`render(…)` → `await arender(…)`; False where a bridge is to do it.

    That is where django_ahead may not be used, for a function that the file does not import by its own name, and where
    the name of the async form means something else.
    """
    facts = draft.context.analyst.program.modules[draft.module]
    if not draft.context.runtime or not isinstance(node.func, ast.Name) or node.func.id not in facts.global_imports:
        return False
    module, _, old = dict(facts.imports).get(node.func.id, "").rpartition(".")
    new = _ASYNC.get(f"{module}.{old}")
    local = spelled(draft, f"{RUNTIME}.shortcuts.{new}", new) if new and node.func.id == old else None
    if new is None or local is None:
        return False
    if not once_a_row(draft, node):
        draft.bridges += 1
        draft.bridged.add(node)
        draft.add(node, CODEMOD, reason, parens=parens(draft, node), new=new, name=local, module=module, old=old)
    return True

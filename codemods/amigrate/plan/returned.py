"""Which values a function surely gives that are not None, so that None can mean that it gave nothing."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.facts.values import dotted
from amigrate.plan.binding import stored
from amigrate.plan.context import Draft

_DISPLAYS = (ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.Lambda)
_RESPONSES = frozenset({"django.shortcuts.redirect", "django.shortcuts.render", "django.urls.reverse"})
_CLASSES = ("django.http.", "django.template.response.")


def never_none(draft: Draft, value: ast.expr | None) -> bool:
    """Whether an expression of a function is never None: a response, a text, a display."""
    match value:
        case ast.Constant():
            return value.value is not None
        case ast.IfExp():
            return never_none(draft, value.body) and never_none(draft, value.orelse)
        case ast.Call():
            return _gives_response(draft, value.func)
    return isinstance(value, _DISPLAYS)


def _gives_response(draft: Draft, function: ast.expr) -> bool:
    name = dotted(function)
    parts = walk(draft.analysis.node)
    own = stored(parts) | {part.arg for part in parts if isinstance(part, ast.arg)}
    if not name or name.partition(".")[0] in own:
        return False
    symbol = draft.context.analyst.program.resolve(draft.module, name)
    external = symbol.qualified if symbol.kind == "external" else ""
    return external in _RESPONSES or (external.startswith(_CLASSES) and external.rpartition(".")[2][:1].isupper())

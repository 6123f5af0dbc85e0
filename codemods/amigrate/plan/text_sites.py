"""Sites for instances that are turned into text by a `__str__` that queries."""

from __future__ import annotations

import ast
import re

from amigrate.facts.effects import Effect
from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import adapter_name, bridge_call, once_a_row
from amigrate.plan.call_sites import blocking_target
from amigrate.plan.context import Draft

_NOT_PLAIN = re.compile(r"%(?![%s])")  # a conversion that is not `%s`, or one with flags
_FIELDS = re.compile(r"\{[^{}]*[!:.\[][^{}]*\}")  # a replacement field that does more than to name a value


def text(draft: Draft, effect: Effect) -> None:
    """`str(obj)` whose `__str__` queries is bridged; in a message the text is made in a thread; else an obstacle."""
    blocking = blocking_target(draft, effect)
    if not blocking:
        return
    node, parent = effect.node, draft.parent(effect.node)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in ("str", "repr"):
        if len(parent.args) == 1 and not parent.keywords and may_await(draft, parent):
            bridge_call(draft, parent, f"{blocking} may query the database")
        return
    function = "" if any(t.endswith(".__format__") for t in effect.targets) else _function(draft, node, parent)
    if not function or effect.detail != "it is turned into text" or _renamed(draft, function):
        draft.refuse(
            node,
            f"{effect.detail}, which runs {blocking}, and that may query the database",
            "load what it reads with select_related first, or bridge the expression with sync_to_async",
        )
    elif may_await(draft, node) and not once_a_row(draft, node):
        draft.bridges += 1
        draft.bridged.add(node)
        reason = f"{blocking} may query the database"
        given = {"op": function, "parens": parens(draft, node), "name": adapter_name(draft)}
        draft.add(node, "sync-bridge", reason, Confidence.REVIEW, **given)


def _function(draft: Draft, node: ast.AST, parent: ast.AST | None) -> str:
    """The builtin that makes the same text of a value in this place: "str" or, where it is not plain, ""."""
    match parent:
        case ast.FormattedValue(format_spec=None, conversion=-1 | 115):
            return "str"
        case ast.BinOp(op=ast.Mod()):
            return _percent(parent.left) if parent.right is node else ""
        case ast.Tuple():
            outer = draft.parent(parent)
            inside = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Mod) and outer.right is parent
            return _percent(outer.left) if inside and isinstance(outer, ast.BinOp) else ""
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str() as template))):
            return "" if _FIELDS.search(template) else "str"
    return ""


def _percent(template: ast.expr) -> str:
    text = template.value if isinstance(template, ast.Constant) else None
    return "str" if isinstance(text, str) and not _NOT_PLAIN.search(text) else ""


def _renamed(draft: Draft, name: str) -> bool:
    """Whether a builtin's name means something else in a function."""
    own = draft.analysis.node
    bound = any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id == name for n in walk(own))
    bound = bound or any(isinstance(n, ast.arg) and n.arg == name for n in walk(own))
    return bound or draft.context.analyst.program.resolve(draft.module, name).kind in ("function", "class", "value")

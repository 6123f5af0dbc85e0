"""Sites for context managers: `with` → `async with`, `ExitStack` → `AsyncExitStack`."""

from __future__ import annotations

import ast

from amigrate.facts.context_managers import STACK
from amigrate.facts.effects import Effect
from amigrate.facts.lattice import position
from amigrate.facts.nodes import walk
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.context import Draft

_KEPT = frozenset({"callback", "push"})  # what an AsyncExitStack has under the same name


def entering(draft: Draft, effect: Effect) -> None:
    """A context manager of the project is entered, by a `with` or by an `ExitStack`."""
    blocking = [t for t in effect.targets if draft.context.analyst.blocks(t)]
    converted = [t for t in effect.targets if t in draft.converted]
    if not converted:
        if blocking:
            reason = f"the context manager {effect.detail} may query the database and stays sync"
            draft.refuse(effect.node, reason, about=effect.targets)
        return
    if len(converted) < len(effect.targets):
        draft.refuse(effect.node, f"{effect.detail} may be entered in both colours here")
    elif isinstance(effect.node, ast.Call):
        _stack(draft, effect, effect.node)
    elif isinstance(effect.node, ast.With) and may_await(draft, effect.node):
        at = effect.extra["item"]
        assert isinstance(at, int)
        draft.natives += 1
        draft.withs.setdefault(effect.node, set()).add(at)


def _stack(draft: Draft, effect: Effect, node: ast.Call) -> None:
    """`stack.enter_context(cm())` → `await stack.enter_async_context(cm())`, and the stack becomes an async one."""
    found = _item(draft, effect)
    if found is None:
        draft.refuse(node, "it enters an async context manager into an ExitStack that is made elsewhere")
        return
    statement, at = found
    made = statement.items[at].context_expr
    trail = draft.context.analyst.following.trail(draft.analysis.qualified, made)
    others = [use.node for use in trail.uses if use.how != "with"]
    if trail.escapes or any(use.scope != draft.analysis.qualified for use in trail.uses):
        draft.refuse(made, "the ExitStack is handed on, and would become an AsyncExitStack")
    elif any(isinstance(o, ast.Attribute) and o.attr not in {*_KEPT, "enter_context"} for o in others):
        draft.refuse(made, "the ExitStack is closed by hand, which is another call for an AsyncExitStack")
    elif may_await(draft, node) and may_await(draft, statement):
        draft.natives += 1
        draft.add(node, "async-calls", f"{effect.detail} becomes async", op="enter", parens=parens(draft, node))
        draft.withs.setdefault(statement, set()).add(at)
        if isinstance(made, ast.Call):
            draft.stacks.add(made)


def _item(draft: Draft, effect: Effect) -> tuple[ast.With, int] | None:
    """The `with` of this function that makes the stack."""
    origins = effect.extra.get("stack") or ()
    for part in walk(draft.analysis.node):
        for at, item in enumerate(part.items if isinstance(part, ast.With) else ()):
            if isinstance(item.context_expr, ast.Call) and position(item.context_expr) in origins:  # type: ignore[operator]  # positions
                assert isinstance(part, ast.With)
                return part, at
    return None


def flush_withs(draft: Draft) -> None:
    """Writes one site for each `with`, with all its async items, and one for each stack."""
    for node, items in draft.withs.items():
        mixed = len(items) < len(node.items)
        chosen = ",".join(map(str, sorted(items))) if mixed else ""
        draft.add(node, "async-functions", "a context manager in it becomes async", op="with", items=chosen)
    for made in draft.stacks:
        draft.add(made, "async-calls", "an async context manager is entered into it", op="stack", name=STACK)

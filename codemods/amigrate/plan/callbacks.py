"""Functions that are handed to a function of the project which only calls them, not knowing what it calls.

Such a function stays sync for that reason, whoever calls it bridges it, and what it is given runs in that thread. Where
it is seen what it calls, that is awaited or bridged there.
"""

from __future__ import annotations

import ast

from amigrate.facts.effects import What
from amigrate.facts.following import Use
from amigrate.plan.context import Draft


def only_called_elsewhere(draft: Draft, node: ast.expr) -> bool:
    """Whether a function that is used as a value is only called, and only by functions that are judged by that call."""
    trail = draft.context.analyst.following.trail(draft.analysis.qualified, node)
    return not trail.escapes and bool(trail.uses) and all(_is_judged(draft, use) for use in trail.uses)


def _is_judged(draft: Draft, use: Use) -> bool:
    """Whether a use is a call in another plain function, or a return that only what cannot be called gets to."""
    analyst = draft.context.analyst
    known = analyst.program.functions.get(use.scope)
    if known is None or use.scope == draft.analysis.qualified or "<locals>" in use.scope:
        return False
    if known[1].is_async or known[1].is_generator or use.scope in draft.context.entries:
        return False
    if use.how == "return":
        return _is_rest(draft, use)
    effects = analyst.analyse(use.scope).effects
    return use.how == "call" and any(e.what in (What.DOUBT, What.CALL) and e.node is use.node for e in effects)


def _is_rest(draft: Draft, use: Use) -> bool:
    """Whether it is the last line of `if callable(url): return url()`, `return url`."""
    statement = use.node
    if not (isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name)):
        return False
    around = draft.context.analyst.following.parents(use.scope).get(statement)
    body = around.body if isinstance(around, ast.FunctionDef) else []
    for before in body[: body.index(statement)] if statement in body else []:
        match before:
            case ast.If(test=ast.Call(func=ast.Name(id="callable"), args=[ast.Name(id=name)]), body=[*_, ast.Return()]):
                if name == statement.value.id:
                    return True
    return False

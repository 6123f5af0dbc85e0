"""`send = async_to_sync(layer.group_send)` in a function: the name can stand for the async function itself."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.binding import parameters
from amigrate.plan.context import Draft

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def await_name(draft: Draft, node: ast.Call) -> bool:
    """`send(…)` → `await send(…)`, and `async_to_sync(f)` → `f` where the name is given; whether that can be.

    The name has to be given once, and only ever called, on the event loop: in a block that runs in a thread a call
    would have to stay a sync one.
    """
    if not isinstance(node.func, ast.Name):
        return False
    name, function = node.func.id, draft.analysis.node
    uses = [part for part in walk(function) if isinstance(part, ast.Name) and part.id == name]
    given = [part for part in uses if not isinstance(part.ctx, ast.Load)]
    if len(given) != 1 or name in parameters(function):
        return False
    statement = draft.parent(given[0])
    match statement:
        case ast.Assign(targets=[_], value=ast.Call(args=[_], keywords=[]) as adapter):
            called = [draft.parent(part) for part in uses if part is not given[0]]
        case _:
            return False
    if not all(_is_call(draft, call, name) for call in called) or adapter in draft.threaded:
        return False
    if may_await(draft, node):
        draft.natives += 1
        draft.add(node, "async-calls", "it is async itself", parens=parens(draft, node))
        if node is called[0]:
            draft.add(adapter, "async-calls", "it is awaited where it is called", op="bare")
    return True


def _is_call(draft: Draft, node: ast.AST | None, name: str) -> bool:
    """Whether a node calls the name, in this function itself and not in a thread."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != name:
        return False
    parent: ast.AST | None = node
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, _SCOPES) or parent in draft.threaded:
            return False
        parent = draft.parent(parent)
    return True

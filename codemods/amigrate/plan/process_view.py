"""Middleware whose `process_view` calls the view itself: of an async view it would get a coroutine."""

from __future__ import annotations

import ast

from amigrate.facts.values import dotted
from amigrate.facts.wrappers import view_uses
from amigrate.plan.context import Context

NAME = "process_view"


def calls_view(context: Context, scope: str) -> tuple[str, ast.AST] | None:
    """What `process_view(self, request, view_func, …)` does with the view besides asking about it, and where."""
    node = context.analyst.trees.node(scope)
    parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)] if node is not None else []
    if not isinstance(node, ast.FunctionDef) or len(parameters) < 3:
        return None
    view, made = parameters[2], {parameters[2]}
    for part in ast.walk(node):
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call) and _first(part.value) in made:
            made |= {target.id for target in part.targets if isinstance(target, ast.Name)}
    for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
        called = call.func.id if isinstance(call.func, ast.Name) else _first(call.func)
        if called in made:
            return f"it calls `{called}`", call
        if view in {_first(call), *(getattr(a, "id", "") for a in call.args)} and _runs(context, scope, call):
            return f"it hands on `{view}`", call
    return None


def _runs(context: Context, scope: str, call: ast.Call) -> bool:
    """Whether a view is given to another method of the class, which calls it."""
    module, function = context.analyst.program.functions[scope]
    name = call.func.attr if isinstance(call.func, ast.Attribute) and dotted(call.func.value) == "self" else ""
    found = context.analyst.program.find_method(f"{module.module}.{function.owner}", name) if name else None
    asked = context.analyst.trees.node(f"{found}.{name}") if found else None
    if asked is None:
        return False
    parameters = [a.arg for a in (*asked.args.posonlyargs, *asked.args.args)][1:]
    return any(view_uses(asked, p).calls for p in parameters)


def _first(node: ast.expr) -> str:
    """The name of the view in `decorator(view)`, or in `login_required(decorator(view))`."""
    while isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return node.id if isinstance(node, ast.Name) else ""

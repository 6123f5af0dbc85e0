"""Code that puts decorators around the views of URL patterns while it runs, which no view shows."""

from __future__ import annotations

import ast

from amigrate.discover.project import Role
from amigrate.facts.nodes import walk
from amigrate.plan.context import Context

_HANDLERS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})


def is_reached_by_url(context: Context, qualified: str, *, routed: bool) -> bool:
    """Whether a URL pattern's callback leads to a function: it is a routed view or a handler of a class."""
    function = context.analyst.program.functions[qualified][1]
    return routed or (bool(function.owner) and function.qualname.rpartition(".")[2] in _HANDLERS)


def wrapped_patterns(context: Context) -> str:
    """Why no view may become async, "" when nothing wraps them all.

    `pattern.callback = decorator(pattern.callback)` gives the decorator the coroutine function; what it does with the
    coroutine is not seen from the views.
    """
    program = context.analyst.program
    for qualified in program.storing_callbacks:
        module, _ = program.functions[qualified]
        node = context.analyst.trees.node(qualified)
        if node is None or program.roles.get(module.module, Role.CODE) is not Role.CODE:
            continue
        if any(isinstance(part, ast.Assign) and _wraps(part) for part in walk(node)):
            return f"{qualified} wraps the views of URL patterns, and its decorators would get a coroutine"
    return ""


def _wraps(node: ast.Assign) -> bool:
    """Whether a statement is `pattern.callback = decorator(pattern.callback)`."""
    target = node.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != "callback" or not isinstance(node.value, ast.Call):
        return False
    return any(isinstance(part, ast.Attribute) and part.attr == "callback" for part in walk(node.value))

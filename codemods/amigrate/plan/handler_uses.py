"""Who but Django uses a handler of a class-based view."""

from __future__ import annotations

import ast

from amigrate.facts.effects import What
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context, place_of
from amigrate.plan.view_families import ViewFamily


def use_of_handler(context: Context, name: str, result: Colouring) -> str:
    """What but Django uses a handler: methods of its family, and functions that get the view from them."""
    analyst, family = context.analyst, result.families[name]
    short = name.rpartition(".")[2]
    for scope in _around(context, family):
        analysis = analyst.analyse(scope)
        for effect in analysis.effects:
            if effect.what is What.MAYBE and effect.detail == short and _with_request(effect.node):
                return f"`.{short}()` is called on an object of unknown type in {place_of(analysis.path, effect)}"
            if name not in effect.targets:
                continue
            if effect.what is not What.CALL:
                return f"it is used as a value in {place_of(analysis.path, effect)}"
            if not effect.extra.get("responds") or scope in family.members:
                result.callers.setdefault(name, set()).add((scope, effect.node))
    return ""


def _around(context: Context, family: ViewFamily) -> list[str]:
    """The methods of a family's classes, and the functions of the project that these give `self`."""
    analyst = context.analyst
    line = {one for name in family.classes for one in analyst.program.line(name)}
    found = dict.fromkeys(
        f"{one}.{method}"
        for one in sorted(line)
        for method in analyst.program.classes[one][1].methods
        if f"{one}.{method}" in analyst.program.functions
    )
    for scope in list(found):
        for effect in analyst.analyse(scope).effects:
            given = (
                [*effect.node.args, *(k.value for k in effect.node.keywords)]
                if isinstance(effect.node, ast.Call)
                else []
            )
            if any(isinstance(one, ast.Name) and one.id == "self" for one in given):
                found.update(dict.fromkeys(t for t in effect.targets if t in analyst.program.functions))
    return list(found)


def _with_request(node: ast.AST) -> bool:
    """Whether the first argument of a call may be a request: handlers get one, and dictionaries do not."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if isinstance(first, ast.Starred):
        return True
    name = first.id if isinstance(first, ast.Name) else first.attr if isinstance(first, ast.Attribute) else ""
    return "req" in name.lower()

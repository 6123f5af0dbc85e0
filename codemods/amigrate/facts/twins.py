"""Functions in both colours: a sync one with its async twin beside it, named as Django names its own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst


def twin_name(name: str) -> str:
    """The name of an async twin: `get_cart` → `aget_cart`, `_get` → `_aget`.

    Source: the naming of Django's own pairs, https://docs.djangoproject.com/en/stable/topics/async/#async-support.
    """
    bare = name.lstrip("_")
    return f"{name[: len(name) - len(bare)]}a{bare}"


def existing_twin(analyst: Analyst, qualified: str) -> str:
    """The name of the async function beside a sync one, that takes the same parameters; "" when there is none."""
    functions = analyst.program.functions
    head, _, name = qualified.rpartition(".")
    twin = f"{head}.{twin_name(name)}"
    if twin not in functions or qualified not in functions or name.startswith("__"):
        return ""
    sync, pair = functions[qualified][1], functions[twin][1]
    if sync.is_async or not pair.is_async or sync.is_generator or pair.is_generator:
        return ""
    if {qualified, twin} & analyst.program.duplicated or sync.parameters != pair.parameters:
        return ""
    one, other = analyst.trees.node(qualified), analyst.trees.node(twin)
    return twin_name(name) if one is not None and other is not None and _form(one) == _form(other) else ""


def _form(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[object, ...]:
    """How a function may be called: its parameters with their defaults, and its decorators."""
    arguments = node.args
    names = [[a.arg for a in part] for part in (arguments.posonlyargs, arguments.args, arguments.kwonlyargs)]
    rest = [a.arg if a is not None else None for a in (arguments.vararg, arguments.kwarg)]
    defaults = [ast.dump(d) if d is not None else None for d in (*arguments.defaults, *arguments.kw_defaults)]
    return names, rest, defaults, [ast.dump(d) for d in node.decorator_list]

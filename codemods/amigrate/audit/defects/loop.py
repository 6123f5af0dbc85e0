"""Sync queries and blocking calls in functions that are async already."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from amigrate.audit.data import Defect, Effect, Place
from amigrate.discover.project import Role
from amigrate.facts.effects import What
from amigrate.plan.context import Context
from amigrate.plan.waits import Waits

_QUERIES = frozenset(
    {What.TERMINAL, What.ITERATE, What.TRUTH, What.LENGTH, What.CONTAINS, What.INDEX, What.FUNCTION, What.CONSUME}
)
_LAZY = frozenset({"queryset", "manager", "related", "instance", "model"})


def find(context: Context) -> Iterator[Defect]:
    """Every async function of the program's code."""
    program, waits = context.analyst.program, Waits(context)
    for qualified, (module, function) in program.functions.items():
        if not function.is_async or program.roles.get(module.module) is not Role.CODE or module.light:
            continue
        analysis = context.analyst.analyse(qualified)
        inside = deferred(analysis.node)
        lines: set[int] = set()
        for effect in analysis.effects:
            if effect.what not in _QUERIES or effect.node in inside or effect.extra.get("twin"):
                continue
            if effect.what is not What.FUNCTION and effect.receiver.kind.value not in _LAZY:
                continue
            if isinstance(effect.node, ast.Call) and isinstance(analysis.parents.get(effect.node), ast.Await):
                continue
            line = getattr(effect.node, "lineno", 0)
            if line not in lines:
                lines.add(line)
                text = f"{_what(effect.what, effect.detail)} on the event loop: SynchronousOnlyOperation"
                remedy = "use the async form, or sync_to_async"
                yield Defect("sync-query", Effect.ERROR, Place(module.path, line), qualified, text, remedy)
        nested = {line for node in inside if (line := getattr(node, "lineno", 0))}
        for wait in waits.own(qualified):
            if wait.line not in nested and not wait.call.rpartition(".")[2][:1].isupper():
                text = f"{wait.call} holds up the event loop, and with it every request of the process"
                remedy = f"use {wait.instead}" if wait.instead else "run it in sync_to_async"
                yield Defect("blocking-call", Effect.BLOCKS, Place(module.path, wait.line), qualified, text, remedy)


def deferred(root: ast.AST) -> set[ast.AST]:
    """What stands in lambdas and in functions inside of a function: it runs elsewhere."""
    inner = [
        n
        for n in ast.walk(root)
        if n is not root and isinstance(n, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {part for node in inner for part in ast.walk(node)}


def _what(what: What, detail: str) -> str:
    match what:
        case What.TERMINAL:
            return f"`.{detail}()` queries"
        case What.FUNCTION:
            return f"{detail.rpartition('.')[2]}() queries"
        case What.LENGTH:
            return "len() of a queryset queries"
        case What.TRUTH:
            return "testing a queryset queries"
    return "a queryset is evaluated"

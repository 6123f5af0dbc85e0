"""Async functions in `RunPython`: the migration counts as applied, and did nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from amigrate.audit.data import Defect, Effect, Place
from amigrate.discover.project import Role
from amigrate.facts.values import dotted
from amigrate.plan.context import Context


def find(context: Context) -> Iterator[Defect]:
    """Only migrations that have an `async def` are parsed."""
    program = context.analyst.program
    for module in program.modules.values():
        if program.roles.get(module.module) is not Role.MIGRATION:
            continue
        source = context.analyst.trees.read(module.path)
        if b"async def" not in source or b"RunPython" not in source:
            continue
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        functions = {n.name for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef)}
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or dotted(call.func).rpartition(".")[2] != "RunPython":
                continue
            for given in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(given, ast.Name) and given.id in functions:
                    text = f"RunPython({given.id}): the coroutine is never awaited, and the migration does nothing"
                    symbol = f"{module.module}.{given.id}"
                    remedy = "make it a plain `def`"
                    yield Defect("async-callback", Effect.SILENT, Place(module.path, call.lineno), symbol, text, remedy)

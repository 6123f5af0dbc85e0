"""What the names of a project's modules stand for, as far as assignments of expressions tell."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass

from amigrate.facts.values import dotted
from amigrate.plan.context import Context


@dataclass(frozen=True, eq=False)
class Bound:
    """An assignment at the top of a module: `name = value`. `module` is its module."""

    module: str
    name: str
    statement: ast.Assign | ast.AnnAssign
    value: ast.expr


def bound(context: Context, module: str, expression: ast.expr) -> Bound | None:
    """The one assignment that a name, or an attribute of a module, stands for; None where there is none, or several."""
    text = dotted(expression)
    symbol = context.analyst.program.resolve(module, text) if text else None
    if symbol is None or symbol.kind != "value" or "." in symbol.name:
        return None
    found = list(assignments(context, symbol.module, symbol.name))
    return found[0] if len(found) == 1 else None


def assignments(context: Context, module: str, name: str) -> Iterator[Bound]:
    """The assignments to a name at the top of a module; one that is changed otherwise counts twice."""
    tree = context.analyst.trees.tree(module)
    for statement in tree.body if tree is not None else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                yield Bound(module, name, statement, value)
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                yield Bound(module, name, statement, value)
            case ast.AugAssign(target=ast.Name(id=found), value=value) if found == name:
                yield Bound(module, name, ast.Assign([statement.target], value), value)
            case ast.If() | ast.Try() | ast.With() | ast.For():
                for part in ast.walk(statement):
                    if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store):
                        yield Bound(module, name, ast.Assign([part], part), part)


def path_of(context: Context, module: str) -> str:
    """The file of a module."""
    return context.analyst.program.modules[module].path


def meaning(context: Context, module: str, expression: ast.expr) -> str:
    """The dotted name of what an expression names, "" for other expressions."""
    text = dotted(expression)
    return context.analyst.program.resolve(module, text).qualified if text else ""


def literal(context: Context, module: str, expression: ast.expr) -> str | None:
    """The source of a list of strings, followed through names; None for anything else."""
    if (held := bound(context, module, expression)) is not None:
        expression = held.value
    if not isinstance(expression, ast.List | ast.Tuple):
        return None
    texts = [item.value for item in expression.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return f"[{', '.join(json.dumps(text) for text in texts)}]" if len(texts) == len(expression.elts) else None

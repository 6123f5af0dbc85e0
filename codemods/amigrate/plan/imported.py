"""By which name a function can use something that is to be imported: one that its file has already, or a new one."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def spelled(draft: Draft, dotted: str, new: str) -> str | None:
    """How a function can name `dotted`: as its file does already, or "" when the name `new` can be imported for it.

    None when `new` means something else there. Imports of other functions are not seen in this one, nor those that
    are for type checkers only.
    """
    facts = draft.context.analyst.program.modules[draft.module]
    module, _, name = dotted.rpartition(".")
    own = _own_imports(draft)
    bound = bound_around(draft)
    visible = {local: target for local, target in facts.imports if local in facts.global_imports - bound}
    for local, target in {**visible, **own}.items():
        if target == dotted:
            return local
        if target == module and local != "*":
            return f"{local}.{name}"
    meant = draft.context.analyst.program.resolve(draft.module, new)
    if new in visible and meant.qualified == dotted:
        return new  # another module of the project hands it on
    taken = meant.kind in ("function", "class", "value") or new in bound or new in visible
    return None if taken else ""


def _own_imports(draft: Draft) -> dict[str, str]:
    """What a function imports before it does anything else, of absolute modules."""
    found: dict[str, str] = {}
    for statement in getattr(draft.analysis.node, "body", []):
        if isinstance(statement, ast.ImportFrom) and not statement.level:
            found |= {a.asname or a.name: f"{statement.module}.{a.name}" for a in statement.names}
        elif isinstance(statement, ast.Import):
            found |= {a.asname or a.name: a.name for a in statement.names if a.asname or "." not in a.name}
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            break
    if not found:
        return found
    stores = {n.id for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return {local: target for local, target in found.items() if local not in stores}


def bound_around(draft: Draft) -> set[str]:
    """The names that the function, or one around it, binds."""
    program, trees = draft.context.analyst.program, draft.context.analyst.trees
    top = draft.analysis.qualified.partition(".<locals>.")[0]
    around = trees.node(top) if top in program.functions else None
    found: set[str] = set()
    for node in {draft.analysis.node, around or draft.analysis.node}:
        for part in walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                found.add(part.id)
            elif isinstance(part, ast.arg):
                found.add(part.arg)
            elif isinstance(part, ast.alias):
                found.add(part.asname or part.name.partition(".")[0])
            elif isinstance(part, (*_FUNCTIONS, ast.ClassDef)) and part is not node:
                found.add(part.name)
    return found

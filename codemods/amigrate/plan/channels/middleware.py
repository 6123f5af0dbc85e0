"""The project's own ASGI middleware around the routes: named in AHEAD_WEBSOCKET, and free of Channels."""

from __future__ import annotations

import ast
import json

from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.channels.application import Application
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import SETTINGS
from amigrate.plan.channels.uses import Use
from amigrate.plan.channels.values import path_of

_BASE = "channels.middleware.BaseMiddleware"
Problem = tuple[str, int, str]


def move_middleware(migration: Migration, application: Application) -> Problem | None:
    """Adds the sites and the setting; the reason where one of them needs Channels."""
    program = migration.context.analyst.program
    paths: list[str] = []
    for module, expression in application.middleware:
        symbol = program.resolve(module, ast.unparse(expression))
        place = path_of(migration.context, module), expression.lineno
        if symbol.kind not in ("class", "function") or "." in symbol.name:
            return *place, f"`{ast.unparse(expression)}` around the routes is not made in the project"
        if symbol.kind == "class" and (reason := _class(migration, symbol.qualified)):
            return *place, f"the middleware {symbol.name} {reason}"
        if symbol.kind == "function" and _uses(migration, symbol.module, _node(migration, symbol.qualified)):
            return *place, f"the middleware {symbol.name} uses Channels itself"
        paths.append(symbol.qualified)
    if paths:
        migration.extra['"MIDDLEWARE"'] = json.dumps(paths)
    return None


def _node(migration: Migration, qualified: str) -> ast.AST | None:
    program = migration.context.analyst.program
    if qualified in program.functions:
        return migration.context.analyst.trees.node(qualified)
    module, found = program.classes[qualified]
    tree = migration.context.analyst.trees.tree(module.module)
    nodes = walk(tree) if tree is not None else ()
    return next((n for n in nodes if isinstance(n, ast.ClassDef) and n.lineno == found.line), None)


def _uses(migration: Migration, module: str, node: ast.AST | None) -> list[Use]:
    """What of Channels is used in a class or function, apart from what has a new name anywhere."""
    inside = set(walk(node)) if node is not None else set()
    handled = {"channels.db.database_sync_to_async"}
    return [
        use
        for use in migration.uses.found
        if use.module == module and use.node in inside and use.dotted not in handled and use not in migration.handled
    ]


def _class(migration: Migration, qualified: str) -> str:
    """Why a class cannot be middleware without Channels, "" when it can; its sites are added."""
    program = migration.context.analyst.program
    module, found = program.classes[qualified]
    node = _node(migration, qualified)
    if not isinstance(node, ast.ClassDef):
        return "is not found"
    bases = program.externals(qualified)
    if len(program.linearise(qualified)) - len(bases) > 1 or any(base != _BASE for base in bases):
        return "inherits from another class than BaseMiddleware"
    if "__call__" not in found.methods:
        return "has no __call__ of its own"
    base = next((use for use in _uses(migration, module.module, node) if use.dotted == _BASE), None)
    if len(_uses(migration, module.module, node)) > (base is not None):
        return "uses Channels itself"
    if base is None:
        return "" if "__init__" in found.methods else "takes no inner application"
    supers = [n for n in walk(node) if isinstance(n, ast.Call) and _is_super(n)]
    known = {"__call__": 3, "__init__": 1}
    for call in supers:
        assert isinstance(call.func, ast.Attribute)
        if len(call.args) != known.get(call.func.attr) or call.keywords or any(map(_starred, call.args)):
            return f"calls super().{call.func.attr}() in a way that is not followed"
    reason = "BaseMiddleware only kept the inner application, and called it with a copy of the scope"
    imported = ":".join(base.imported) if base.imported is not None else ""
    own = "yes" if "__init__" in found.methods else ""
    migration.handled.add(base)
    migration.add(module.path, node, SETTINGS, reason, Confidence.REVIEW, op="middleware", imported=imported, own=own)
    for call in supers:
        assert isinstance(call.func, ast.Attribute)
        op = "inner" if call.func.attr == "__call__" else "keep"
        migration.add(module.path, call if op == "inner" else _statement(node, call), SETTINGS, reason, op=op)
    return ""


def _is_super(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
            return True
    return False


def _starred(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)


def _statement(node: ast.AST, call: ast.Call) -> ast.AST:
    return next((n for n in walk(node) if isinstance(n, ast.Expr) and n.value is call), call)

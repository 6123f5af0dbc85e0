"""A route as a text that stands in another module, and what there is to say on it."""

from __future__ import annotations

import ast

from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import URLS
from amigrate.plan.channels.routes import Entry
from amigrate.plan.channels.uses import imports_of


def loose(entry: Entry) -> str:
    """What the regular expression of a route matches besides: one without `$` is searched for, in both."""
    given = next((k.value for k in entry.call.keywords if k.arg == "route"), None)
    route = given or (entry.call.args[0] if entry.call.args else None)
    if entry.new != "websocket_re_path" or not isinstance(route, ast.Constant) or not isinstance(route.value, str):
        return ""
    if route.value.endswith("$") or (route.value.startswith("^") and route.value.endswith(r"\Z")):
        return ""
    which = "longer paths" if route.value.startswith("^") else "paths that have it anywhere"
    return f"`{route.value}` matches {which}, too"


def head(node: ast.expr) -> str:
    """The first name of a dotted one, "" for other expressions."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def import_pairs(migration: Migration, module: str) -> dict[str, tuple[str, str]]:
    """The (module, name) of each import at the top of a module, by the local name."""
    tree = migration.context.analyst.trees.tree(module)
    found, _ = imports_of(tree) if tree is not None else ({}, [])
    return {local: pair for local, (pair, _) in found.items() if pair is not None}


def text_of(migration: Migration, entry: Entry, needed: dict[tuple[str, str], None], *, here: bool) -> str | None:
    """The source of a route for ROOT_URLCONF, with the imports that it needs there; None where it cannot go.

    `here`: it stands in that module already.
    """
    if entry.nested is not None:
        return None
    moved = entry.consumer in migration.moved
    consumer = entry.target.func.value if isinstance(entry.target.func, ast.Attribute) else entry.target
    target: ast.expr = consumer if moved else entry.target
    args = [target if arg is entry.target else arg for arg in entry.call.args]
    keywords = [ast.keyword("consumer", target) if k.value is entry.target else k for k in entry.call.keywords]
    call = ast.Call(ast.Name(entry.new), args, [*keywords, *(entry.target.keywords if moved else ())])
    names = {part.id for one in (*args, *(k.value for k in call.keywords)) for part in names_in(one)}
    for name in names if not here else ():
        if (pair := _absolute(migration, entry.module, name)) is None:
            return None
        needed[pair] = None
    needed[URLS, entry.new] = None
    return ast.unparse(ast.fix_missing_locations(ast.copy_location(call, entry.call))).replace("'", '"')


def names_in(expression: ast.expr) -> list[ast.Name]:
    """All names in an expression."""
    return [part for part in ast.walk(expression) if isinstance(part, ast.Name)]


def _absolute(migration: Migration, module: str, name: str) -> tuple[str, str] | None:
    """The import of a name as another module can write it; None where it is no import, or has another name."""
    pair = import_pairs(migration, module).get(name)
    if pair is None:
        return None
    if not pair[1]:
        return pair
    home, _, last = migration.context.analyst.program.imported(module).get(name, "").rpartition(".")
    return (home, last) if home and last == name else None

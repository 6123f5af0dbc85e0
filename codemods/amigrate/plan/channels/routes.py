"""The routes of a URLRouter: lists of `path(…, Consumer.as_asgi())`, followed through the modules of the project."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from amigrate.discover.project import Role
from amigrate.facts.nodes import parents, walk
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.uses import Use
from amigrate.plan.channels.values import Bound, bound, meaning, path_of

_PATHS = {
    "django.urls.path": "websocket_path",
    "django.urls.re_path": "websocket_re_path",
    "django.urls.conf.path": "websocket_path",
    "django.urls.conf.re_path": "websocket_re_path",
    "django.conf.urls.url": "websocket_re_path",
}
_URLS = "channels.routing.URLRouter"


@dataclass(frozen=True, eq=False)
class Entry:
    """One route: `call` is the whole `path(…)`, `target` the call of `as_asgi`, or of a nested URLRouter."""

    module: str
    call: ast.Call
    new: str  # websocket_path or websocket_re_path; "" for what is included
    target: ast.Call
    consumer: str = ""
    nested: Use | None = None


@dataclass(slots=True)
class Routes:
    """All routes.

    Args:
        entries: those of all lists.
        lists: (module, name) of the lists that URLRouter is given.
        inline: the entries that stand in the call of URLRouter itself.
        problem: why they cannot be moved, with its place.
    """

    entries: list[Entry] = field(default_factory=list)
    lists: list[tuple[str, str, ast.expr]] = field(default_factory=list)
    inline: list[Entry] = field(default_factory=list)
    problem: tuple[str, int, str] | None = None


def routes_of(migration: Migration, module: str, expression: ast.expr) -> Routes:
    """The routes that an expression gives."""
    routes = Routes()
    _read(migration, routes, module, expression, top=True)
    return routes


def _read(migration: Migration, routes: Routes, module: str, expression: ast.expr, *, top: bool) -> None:
    match expression:
        case ast.List() | ast.Tuple():
            for item in expression.elts:
                if isinstance(item, ast.Starred):
                    _read(migration, routes, module, item.value, top=top)
                else:
                    _entry(migration, routes, module, item, top=top)
        case ast.BinOp(op=ast.Add()):
            _read(migration, routes, module, expression.left, top=top)
            _read(migration, routes, module, expression.right, top=top)
        case ast.Name() | ast.Attribute() if (held := bound(migration.context, module, expression)) is not None:
            if (line := _changed(migration, held)) is not None:
                place = path_of(migration.context, held.module)
                routes.problem = routes.problem or (place, line, f"the routes in `{held.name}` are changed here")
            if top:
                routes.lists.append((held.module, held.name, expression))
            _read(migration, routes, held.module, held.value, top=False)
        case _:
            _problem(migration, routes, module, expression, "the routes are not a list that can be followed")


def _changed(migration: Migration, held: Bound) -> int | None:
    """The line of a module that does more with a list than name it, None where there is none."""
    tree = migration.context.analyst.trees.tree(held.module)
    up = parents(tree) if tree is not None else {}
    for node in walk(tree) if tree is not None else ():
        if (
            isinstance(node, ast.Name)
            and node.id == held.name
            and isinstance(up.get(node), ast.Attribute | ast.Subscript)
        ):
            return node.lineno
    return None


def astray(migration: Migration, routes: Routes) -> tuple[str, int, str] | None:
    """A consumer that moves and is made an application outside of the routes."""
    context = migration.context
    known = {entry.target.func for entry in routes.entries}
    for name, module in context.analyst.program.modules.items():
        if context.analyst.program.roles.get(name) is not Role.CODE or module.light:
            continue
        used = any("as_asgi" in scope.attributes for scope in module.scopes)
        tree = context.analyst.trees.tree(name) if used else None
        for node in walk(tree) if tree is not None else ():
            other = isinstance(node, ast.Attribute) and node.attr == "as_asgi" and node not in known
            if isinstance(node, ast.Attribute) and other and meaning(context, name, node.value) in migration.moved:
                return module.path, node.lineno, "as_asgi() is called outside of the routes that are known"
    return None


def _entry(migration: Migration, routes: Routes, module: str, item: ast.expr, *, top: bool) -> None:
    context = migration.context
    name = _PATHS.get(meaning(context, module, item.func), "") if isinstance(item, ast.Call) else ""
    if not isinstance(item, ast.Call) or not name:
        _problem(migration, routes, module, item, "a route is not written with path() or re_path()")
        return
    view = next((k.value for k in item.keywords if k.arg == "view"), item.args[1] if len(item.args) > 1 else None)
    if any(isinstance(a, ast.Starred) for a in item.args) or any(k.arg is None for k in item.keywords):
        view = None
    if not isinstance(view, ast.Call):
        _problem(migration, routes, module, item, "a route does not lead to `Consumer.as_asgi()`")
        return
    use = migration.by_node(module).get(view.func)
    entry: Entry | None = None
    if use is not None and use.dotted == _URLS and len(view.args) == 1:
        entry = Entry(module, item, "", view, nested=use)
        _read(migration, routes, module, view.args[0], top=False)
    elif isinstance(view.func, ast.Attribute) and view.func.attr == "as_asgi" and not view.args:
        consumer = meaning(context, module, view.func.value)
        entry = Entry(module, item, name, view, consumer)
    if entry is None:
        _problem(migration, routes, module, view, "a route does not lead to `Consumer.as_asgi()`")
        return
    routes.entries.append(entry)
    if top:
        routes.inline.append(entry)


def _problem(migration: Migration, routes: Routes, module: str, node: ast.expr, reason: str) -> None:
    routes.problem = routes.problem or (path_of(migration.context, module), node.lineno, reason)

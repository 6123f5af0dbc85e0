"""The routes of a URLRouter: lists of `path(…, Consumer.as_asgi())`, followed through the modules of the project.

Those of another package, or of an app of the repository that others install as well, stay as they are: their users
give them to a URLRouter.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from amigrate.discover.project import Role
from amigrate.facts.nodes import parents, walk
from amigrate.facts.values import dotted
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


@dataclass(frozen=True, eq=False)
class Listed:
    """A list that URLRouter is given, by its module and name. `public`: it stays as it is."""

    module: str
    name: str
    public: bool = False


@dataclass(slots=True)
class Routes:
    """All routes.

    Args:
        entries: those of all lists that are the project's own.
        parts: what URLRouter is given, in its order: lists, and entries that stand in the call or in a list beside it.
        home: the lists beside the call, which are these entries.
        public: (module, expression) of the lists within others that stay as they are.
        kept: the modules that have such lists.
        problem: why they cannot be moved, with its place.
    """

    entries: list[Entry] = field(default_factory=list)
    parts: list[Entry | Listed] = field(default_factory=list)
    home: list[Bound] = field(default_factory=list)
    public: list[tuple[str, ast.expr]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    problem: tuple[str, int, str] | None = None


def routes_of(migration: Migration, module: str, expression: ast.expr, home: str) -> Routes:
    """The routes that an expression gives. Lists in the module `home` do not stay there."""
    routes = Routes()
    _read(migration, routes, module, expression, home)
    return routes


def _read(migration: Migration, routes: Routes, module: str, expression: ast.expr, home: str | None) -> None:
    """Reads routes. Without a `home` they are below others: no parts of their own."""
    match expression:
        case ast.List() | ast.Tuple():
            for item in expression.elts:
                if isinstance(item, ast.Starred):
                    _read(migration, routes, module, item.value, home)
                else:
                    _entry(migration, routes, module, item, top=home is not None)
        case ast.BinOp(op=ast.Add()):
            _read(migration, routes, module, expression.left, home)
            _read(migration, routes, module, expression.right, home)
        case ast.Name() | ast.Attribute() if (public := _public(migration, module, expression)) is not None:
            routes.kept.add(public.module)
            if home is not None:
                routes.parts.append(public)
            else:
                routes.public.append((module, expression))
        case ast.Name() | ast.Attribute() if (held := bound(migration.context, module, expression)) is not None:
            if (line := _changed(migration, held)) is not None:
                place = path_of(migration.context, held.module)
                routes.problem = routes.problem or (place, line, f"the routes in `{held.name}` are changed here")
            if home is not None and held.module == home:
                routes.home.append(held)
            elif home is not None:
                routes.parts.append(Listed(held.module, held.name))
            _read(migration, routes, held.module, held.value, home if held.module == home else None)
        case _:
            _problem(migration, routes, module, expression, "the routes are not a list that can be followed")


def _public(migration: Migration, module: str, expression: ast.expr) -> Listed | None:
    """The list that a name stands for, if it is that of another package, or of an app beside the project's folder."""
    context = migration.context
    program = context.analyst.program
    text = dotted(expression)
    symbol = program.resolve(module, text)
    if symbol.kind == "external":
        imported = text.partition(".")[0] in program.imported(module)
        home, _, name = symbol.qualified.rpartition(".")
        return Listed(home, name, public=True) if imported and home else None
    if symbol.kind != "value" or "." in symbol.name:
        return None
    folder = _import_root(migration, program.project.settings.root_urlconf)
    if not folder or path_of(context, symbol.module).startswith(folder):
        return None
    return Listed(symbol.module, symbol.name, public=True)


def _import_root(migration: Migration, module: str) -> str:
    """The folder that a module is imported from, with a slash at its end; "" for the root of the project."""
    stem = path_of(migration.context, module).removesuffix(".py").removesuffix("/__init__")
    return stem.removesuffix(module.replace(".", "/"))


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
        if context.analyst.program.roles.get(name) is not Role.CODE or module.light or name in routes.kept:
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
        _read(migration, routes, module, view.args[0], None)
    elif isinstance(view.func, ast.Attribute) and view.func.attr == "as_asgi" and not view.args:
        consumer = meaning(context, module, view.func.value)
        entry = Entry(module, item, name, view, consumer)
    if entry is None:
        _problem(migration, routes, module, view, "a route does not lead to `Consumer.as_asgi()`")
        return
    routes.entries.append(entry)
    if top:
        routes.parts.append(entry)


def _problem(migration: Migration, routes: Routes, module: str, node: ast.expr, reason: str) -> None:
    routes.problem = routes.problem or (path_of(migration.context, module), node.lineno, reason)

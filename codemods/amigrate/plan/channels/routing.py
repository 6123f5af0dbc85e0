"""Sites of routes: each becomes a `websocket_path`, and the lists of them become part of ROOT_URLCONF."""

from __future__ import annotations

import ast

from amigrate.model import Confidence
from amigrate.plan.channels.application import Application
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import ROUTING, URLS
from amigrate.plan.channels.route_texts import head, import_pairs, loose, names_in, text_of
from amigrate.plan.channels.routes import Entry, Listed, Routes
from amigrate.plan.channels.values import Bound, assignments, path_of
from amigrate.plan.class_uses import mentioning

Problem = tuple[str, int, str]


def urlconf_problem(migration: Migration) -> Problem | None:
    """Why routes cannot be added to ROOT_URLCONF."""
    project = migration.context.analyst.program.project
    module = project.settings.root_urlconf
    where = _settings_path(migration)
    if module not in migration.context.analyst.program.modules:
        return where, 1, "ROOT_URLCONF is not known, and that is where the routes go"
    found = list(assignments(migration.context, module, "urlpatterns"))
    path = path_of(migration.context, module)
    tree = migration.context.analyst.trees.tree(module)
    set_at = [statement for statement in (tree.body if tree is not None else ()) if _sets(statement, "urlpatterns")]
    if not set_at or not found or not isinstance(found[0].value, ast.List | ast.Call | ast.BinOp):
        return path, 1, "`urlpatterns` of ROOT_URLCONF is not a list at the top of the module"
    return None


def _settings_path(migration: Migration) -> str:
    program = migration.context.analyst.program
    module = program.modules.get(program.project.settings.module)
    return module.path if module is not None else migration.uses.found[0].path


def move_routes(migration: Migration, application: Application, routes: Routes) -> Problem | None:
    """Adds the sites; the reason where a part of it cannot be done.

    What stands in the module of the application, or in the call of URLRouter, moves to ROOT_URLCONF as text.
    """
    root = migration.context.analyst.program.project.settings.root_urlconf
    for held in routes.home:
        if where := _read_elsewhere(migration, held):
            reason = f"the routes in `{held.name}` go to ROOT_URLCONF, and {where} reads them here"
            return path_of(migration.context, held.module), held.statement.lineno, reason
    lists = [one for one in routes.parts if isinstance(one, Listed)]
    needed: dict[tuple[str, str], None] = {}
    parts: list[str] = []
    for part in routes.parts:
        if isinstance(part, Listed):
            parts.append(f"+{_spelled(migration, root, part, lists, needed)}")
            continue
        text = text_of(migration, part, needed, here=part.module == root)
        if text is None:
            place = path_of(migration.context, part.module)
            return place, part.call.lineno, "a route cannot move to ROOT_URLCONF: it needs names of this module"
        parts.append(text)
    for entry in routes.entries:
        if entry not in routes.parts:
            _entry(migration, entry)
    for module, expression in routes.public:
        reason = "these routes stay as they are, for those who give them to a URLRouter"
        migration.add(path_of(migration.context, module), expression, ROUTING, reason, op="routes")
    _append(migration, root, routes, parts, needed)
    _drop(migration, application, routes)
    return None


def _read_elsewhere(migration: Migration, held: Bound) -> str:
    """The file that imports a list from the module of the application, "" where none does."""
    context, dotted = migration.context, f"{held.module}.{held.name}"
    modules = (context.analyst.trees.full(name) for name in sorted(mentioning(context, {held.name})))
    return next((one.path for one in modules if any(target == dotted for _, target in one.imports)), "")


def _entry(migration: Migration, entry: Entry) -> None:
    path = path_of(migration.context, entry.module)
    imports = import_pairs(migration, entry.module)
    if entry.nested is not None:
        migration.handled.add(entry.nested)
        routers = ":".join(entry.nested.imported or ("", ""))
        migration.add(path, entry.target, ROUTING, "URLconfs are nested with include()", op="include", router=routers)
        return
    module, name = imports.get(head(entry.call.func), ("", ""))
    moved = entry.consumer in migration.moved
    more = loose(entry)
    reason = f"WebSockets are routed by ROOT_URLCONF{more and f'; {more}'}"
    confidence = Confidence.REVIEW if more else Confidence.SAFE
    migration.add(
        path, entry.call, ROUTING, reason, confidence, op="route", new=entry.new, module=module, old=name,
        keep="" if moved else "yes",
    )  # fmt: skip


def _spelled(
    migration: Migration, root: str, listed: Listed, lists: list[Listed], needed: dict[tuple[str, str], None]
) -> str:
    """How ROOT_URLCONF names a list, with the imports that it needs for it."""
    known = migration.context.analyst.program.resolve(root, listed.name)
    once = [one.name for one in lists if one.module != root].count(listed.name) == 1
    if listed.module == root:
        text = listed.name
    elif once and known.kind == "external":
        text = listed.name
        needed[listed.module, listed.name] = None
    else:
        text = f"{listed.module}.{listed.name}"
        needed[listed.module, ""] = None
    if listed.public:
        needed[URLS, "websocket_routes"] = None
        return f"websocket_routes({text})"
    return text


def _append(
    migration: Migration, root: str, routes: Routes, parts: list[str], needed: dict[tuple[str, str], None]
) -> None:
    """The routes as a part of `urlpatterns` of ROOT_URLCONF, below all lists of its own."""
    own = [one.name for one in routes.parts if isinstance(one, Listed) and one.module == root]
    more = [text for one in routes.parts if isinstance(one, Entry) and (text := loose(one))]
    tree = migration.context.analyst.trees.tree(root)
    assert tree is not None
    place = [statement for statement in tree.body if _sets(statement, "urlpatterns")][-1]
    below = [statement for statement in tree.body if any(_sets(statement, name) for name in own)]
    migration.add(
        path_of(migration.context, root),
        max(place, *below, key=lambda statement: statement.lineno) if below else place,
        ROUTING,
        "; ".join(["WebSockets are routed by ROOT_URLCONF; HTTP requests pass these routes by", *more]),
        Confidence.REVIEW if more else Confidence.SAFE,
        op="append",
        parts="\n".join(parts),
        imports="\n".join(f"{module}:{name}" for module, name in needed),
    )


def _sets(statement: ast.stmt, name: str) -> bool:
    """Whether a statement assigns a value to a name."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found), value=ast.expr()):
            return found == name
    return False


def _drop(migration: Migration, application: Application, routes: Routes) -> None:
    """The lists that stood in the module of the application go away, with the imports of their routes."""
    used = [entry.call for entry in routes.entries if entry.module == application.module]
    pairs = import_pairs(migration, application.module)
    heads = {n.id for one in (*used, *(held.value for held in routes.home)) for n in names_in(one)}
    gone = "\n".join(":".join(pairs[head]) for head in sorted(heads) if head in pairs)
    for held in routes.home:
        reason = "the routes are in ROOT_URLCONF"
        migration.add(path_of(migration.context, held.module), held.statement, ROUTING, reason, op="drop", imports=gone)

"""Sites of the module that builds the ASGI application: the one of django_ahead takes the place of the routers."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.channels.application import Application
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import ASGI, ROUTING, left
from amigrate.plan.channels.uses import imports_of
from amigrate.plan.channels.values import bound, meaning, path_of

_GETTER = "channels.routing.get_default_application"
_DJANGO = "django.core.asgi.get_asgi_application"
# they hand on what is not HTTP
_PASSING = frozenset({"django.contrib.staticfiles.handlers.ASGIStaticFilesHandler"})
Problem = tuple[str, int, str]


def application_problem(migration: Migration, application: Application) -> Problem | None:
    """Why the application cannot be that of django_ahead."""
    path = path_of(migration.context, application.module)
    if application.http is None:
        return None
    if _makes(migration, application.module, application.http) is None:
        reason = "HTTP does not go to get_asgi_application() of Django here"
        return path, application.http.lineno, f"{reason}, which WebSockets would go to as well"
    if isinstance(_import_of(migration, application.module), str):
        return path, application.http.lineno, str(_import_of(migration, application.module))
    return None


def _makes(migration: Migration, module: str, expression: ast.expr) -> ast.Call | None:
    """The call of Django's get_asgi_application that an expression is, or hands all on to."""
    if (held := bound(migration.context, module, expression)) is not None and held.module == module:
        expression = held.value
    if not isinstance(expression, ast.Call):
        return None
    name = meaning(migration.context, module, expression.func)
    if name == _DJANGO and not expression.args and not expression.keywords:
        return expression
    if name in _PASSING and len(expression.args) == 1 and not expression.keywords:
        return _makes(migration, module, expression.args[0])
    return None


def _import_of(migration: Migration, module: str) -> ast.ImportFrom | str:
    """The statement that imports get_asgi_application, or why its module cannot be exchanged."""
    tree = migration.context.analyst.trees.tree(module)
    for node in walk(tree) if tree is not None else ():
        of_django = isinstance(node, ast.ImportFrom) and node.module == "django.core.asgi" and not node.level
        if isinstance(node, ast.ImportFrom) and of_django and len(node.names) == 1:
            return node
    return "get_asgi_application is not imported by a statement of its own"


def move_application(migration: Migration, application: Application) -> None:
    """The sites in the module of the application."""
    path = path_of(migration.context, application.module)
    reason = "the application of django_ahead serves HTTP and WebSockets"
    statement = _import_of(migration, application.module) if application.http is not None else ""
    if isinstance(statement, ast.ImportFrom):
        migration.add(path, statement, ROUTING, reason, op="import", to=ASGI)
    http = ast.unparse(application.http) if application.http is not None else "get_asgi_application()"
    imports = [":".join(use.imported) for use in application.uses if use.imported and use.module == application.module]
    imports += [f"{module}:{name}" for module, name in _unneeded(migration, application)]
    confidence = Confidence.SAFE if application.http is not None and not application.others else Confidence.REVIEW
    needed = "" if application.http is not None else f"{ASGI}:get_asgi_application"
    migration.handled |= application.uses
    _refuse_docstring(migration, application)
    if application.others:
        _refuse_protocols(migration, application)
        assert application.websocket is not None
        migration.handled -= {use for use in application.uses if use.dotted.endswith("ProtocolTypeRouter")}
        kept = [one for one in imports if not one.endswith(":ProtocolTypeRouter")]
        migration.add(
            path, application.websocket, ROUTING, "WebSockets go to the application of django_ahead", confidence,
            op="value", value=http, imports="\n".join(sorted(set(kept))), needed=needed,
        )  # fmt: skip
        return
    migration.add(
        path, application.router, ROUTING, reason, confidence,
        op="value", value=http, imports="\n".join(sorted(set(imports))), needed=needed,
    )  # fmt: skip


def _refuse_protocols(migration: Migration, application: Application) -> None:
    """What stays in ProtocolTypeRouter, and that with it."""
    path = path_of(migration.context, application.module)
    for protocol in application.others:
        reason, help_ = left("channels.routing.ChannelNameRouter")
        if protocol != "channel":
            reason = "the application of django_ahead is for HTTP and WebSockets"
            help_ = "leave it in ProtocolTypeRouter: Channels serves it beside them"
        migration.refuse(path, application.router.lineno, protocol, ROUTING, f'"{protocol}" stays: {reason}', help_)


def _refuse_docstring(migration: Migration, application: Application) -> None:
    """The description of a module that tells of what is gone: a text is not rewritten."""
    tree = migration.context.analyst.trees.tree(application.module)
    text = (ast.get_docstring(tree) if tree is not None else None) or ""
    names = {use.dotted.rpartition(".")[2] for use in application.uses}
    if told := sorted(name for name in names if name in text):
        reason = f"the docstring of this module tells of {told[0]}, which is gone from it"
        path = path_of(migration.context, application.module)
        migration.refuse(path, 1, application.module, ROUTING, reason, "describe the routes in ROOT_URLCONF")


def _unneeded(migration: Migration, application: Application) -> list[tuple[str, str]]:
    """The imports of what is used in the websocket side of the application."""
    tree = migration.context.analyst.trees.tree(application.module)
    found, _ = imports_of(tree) if tree is not None else ({}, [])
    roots: list[ast.AST] = [application.websocket] if application.websocket is not None else []
    names: set[str] = set()
    while roots:
        for part in ast.walk(roots.pop()):
            if isinstance(part, ast.Name) and part.id not in names:
                names.add(part.id)
                if (held := bound(migration.context, application.module, part)) and held.module == application.module:
                    roots.append(held.value)
    return [pair for name in sorted(names) if (pair := found.get(name, (None, ""))[0]) is not None]


def move_getters(migration: Migration, application: Application) -> None:
    """`application = get_default_application()` imports the application, in its place: what is above sets Django up."""
    program = migration.context.analyst.program
    home, _, name = program.project.settings.asgi_application.rpartition(".")
    if home != application.module:
        return
    for use in [use for use in migration.uses.found if use.dotted == _GETTER and use.module != home]:
        tree = migration.context.analyst.trees.tree(use.module)
        for statement in tree.body if tree is not None else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=local)], value=ast.Call(func=func)) if func is use.node:
                    reason = "it is the application that ASGI_APPLICATION names"
                    module, old = use.imported or ("", "")
                    migration.add(
                        use.path, statement, ROUTING, reason, Confidence.REVIEW, op="from", to=home, new=name,
                        local=local, imports=f"{module}:{old}",
                    )  # fmt: skip
                    migration.handled.add(use)


def drop_parts(migration: Migration, application: Application) -> None:
    """Assignments at the top of modules that only the old application read, such as `websocket_app = URLRouter(…)`."""
    if application.websocket is None or application.others:
        return
    for home, definition in application.stacks:
        if all(scope in (f"{application.module}.", f"{home}.") for scope in _mentions(migration, definition.name)):
            tree = migration.context.analyst.trees.tree(home)
            names = {n.id for n in ast.walk(definition) if isinstance(n, ast.Name)}
            found, _ = imports_of(tree) if tree is not None else ({}, [])
            gone = sorted(pair for name in names if (pair := found.get(name, (None, ""))[0]) is not None)
            migration.add(
                path_of(migration.context, home), definition, ROUTING, "nothing uses it any more", op="drop",
                imports="\n".join(":".join(pair) for pair in gone),
            )  # fmt: skip
    expression, module = application.websocket, application.module
    while True:
        held = bound(migration.context, module, expression)
        if held is not None:
            if held.module == application.module and _read_once(migration, held.module, held.name):
                path = path_of(migration.context, held.module)
                migration.add(path, held.statement, ROUTING, "nothing uses it any more", op="drop")
            module, expression = held.module, held.value
        if not isinstance(expression, ast.Call) or not expression.args:
            return
        expression = expression.args[0]


def _mentions(migration: Migration, name: str) -> list[str]:
    return migration.context.analyst.program.mentions(name)


def _read_once(migration: Migration, module: str, name: str) -> bool:
    tree = migration.context.analyst.trees.tree(module)
    nodes = walk(tree) if tree is not None else ()
    read = [n for n in nodes if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
    others = migration.context.analyst.program.mentions(name)
    return len(read) == 1 and all(scope == f"{module}." for scope in others)

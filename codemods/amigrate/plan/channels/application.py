"""The ASGI application of a project: the one `ProtocolTypeRouter`, and what it sends WebSockets through."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from amigrate.discover.project import Role
from amigrate.facts.nodes import walk
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import Part
from amigrate.plan.channels.uses import Use
from amigrate.plan.channels.values import bound, meaning, path_of

_ROUTER = "channels.routing.ProtocolTypeRouter"
_URLS = "channels.routing.URLRouter"
_ALLOWED = "channels.security.websocket.AllowedHostsOriginValidator"
_ORIGIN = "channels.security.websocket.OriginValidator"
_USER = frozenset({"channels.auth.AuthMiddlewareStack", "channels.auth.AuthMiddleware"})


@dataclass(slots=True)
class Application:
    """What was read of it.

    Args:
        module: where the ProtocolTypeRouter is built.
        router: the call.
        http: what answers HTTP, None where nothing does.
        others: the protocols that stay, such as "channel".
        routes: (module, expression) of what URLRouter is given; None without WebSockets.
        validated: whether the origin is checked. origins: what OriginValidator is given.
        user: whether the user is looked up.
        middleware: (module, expression) of the project's own, outermost first.
        uses: the uses of Channels that all this consists of.
        statements: assignments at the top of modules that only this reads.
        problem: why it cannot be moved, with its place.
    """

    module: str
    router: ast.Call
    http: ast.expr | None = None
    others: tuple[str, ...] = ()
    websocket: ast.expr | None = None
    routes: tuple[str, ast.expr] | None = None
    validated: bool = False
    origins: tuple[str, ast.expr] | None = None
    user: bool = False
    middleware: list[tuple[str, ast.expr]] = field(default_factory=list)
    uses: set[Use] = field(default_factory=set)
    problem: tuple[str, int, str] | None = None


def application_of(migration: Migration) -> Application | tuple[str, int, str]:
    """The application, or the place and the reason why there is none that can be read."""
    routers = [u for u in migration.of(Part.STACK) if u.dotted == _ROUTER and u.role is Role.CODE]
    if len(routers) != 1:
        first = routers[0] if routers else migration.uses.found[0]
        more = "is built more than once" if routers else "is not built: it has no ASGI application of its own"
        return first.path, first.line, f"ProtocolTypeRouter {more}"
    use = routers[0]
    tree = migration.context.analyst.trees.tree(use.module)
    call = next((n for n in walk(tree) if isinstance(n, ast.Call) and n.func is use.node), None) if tree else None
    mapping = call.args[0] if call is not None and len(call.args) == 1 and not call.keywords else None
    if isinstance(mapping, ast.Name) and (held := bound(migration.context, use.module, mapping)) is not None:
        mapping = held.value
    if call is None or not isinstance(mapping, ast.Dict):
        return use.path, use.line, "ProtocolTypeRouter is not given a literal dict"
    keys = [key.value if isinstance(key, ast.Constant) else None for key in mapping.keys]
    if None in keys or (mapping is not call.args[0]):
        return use.path, use.line, "ProtocolTypeRouter is not given a literal dict"
    entries = dict(zip(keys, mapping.values, strict=True))
    found = Application(use.module, call, entries.get("http"), websocket=entries.get("websocket"))
    found.others = tuple(str(key) for key in keys if key not in ("http", "websocket"))
    found.uses.add(use)
    if found.websocket is not None:
        _unwrap(migration, found, use.module, found.websocket)
    return found


def _unwrap(migration: Migration, found: Application, module: str, expression: ast.expr) -> None:
    """Reads the middleware around the routes, from the outside in."""
    context = migration.context
    while True:
        if (held := bound(context, module, expression)) is not None:
            module, expression = held.module, held.value
        if not isinstance(expression, ast.Call) or not expression.args:
            found.problem = _at(migration, module, expression, "what WebSockets are sent to is not followed")
            return
        use = migration.by_node(module).get(expression.func)
        name = use.dotted if use is not None else meaning(context, module, expression.func)
        if use is not None:
            found.uses.add(use)
        if name == _URLS:
            found.routes = (module, expression.args[0])
            return
        if name == _ORIGIN and len(expression.args) == 2:
            found.validated, found.origins = True, (module, expression.args[1])
        elif name == _ALLOWED:
            found.validated = True
        elif use is not None and use in migration.of(Part.STACK):
            found.user = found.user or name in _USER
        elif use is None and len(expression.args) == 1 and not expression.keywords:
            found.middleware.append((module, expression.func))
        else:
            found.problem = _at(migration, module, expression, f"{name or 'this'} around the routes is not known")
            return
        expression = expression.args[0]


def _at(migration: Migration, module: str, node: ast.expr, reason: str) -> tuple[str, int, str]:
    return path_of(migration.context, module), node.lineno, reason

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
        stacks: functions of the project that only put middleware around what they are given.
        given: what such a function was given, by the innermost call in it.
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
    stacks: list[tuple[str, ast.FunctionDef]] = field(default_factory=list)
    given: dict[ast.Call, tuple[str, ast.expr]] = field(default_factory=dict)


def routers(migration: Migration) -> list[Use]:
    """Where the code of the project builds an application of Channels."""
    return [use for use in migration.of(Part.STACK) if use.dotted == _ROUTER and use.role is Role.CODE]


def application_of(migration: Migration) -> Application | tuple[str, int, str]:
    """The application, or the place and the reason why there is none that can be read."""
    built = routers(migration)
    if len(built) != 1:
        first = built[0] if built else migration.uses.found[0]
        more = "is built more than once" if built else "is not built: it has no ASGI application of its own"
        return first.path, first.line, f"ProtocolTypeRouter {more}"
    use = built[0]
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
        if (inner := _expanded(migration, found, module, expression)) is not None:
            module, expression = inner
            continue
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
        module, expression = found.given.get(expression, (module, expression.args[0]))


def _expanded(migration: Migration, found: Application, module: str, call: ast.Call) -> tuple[str, ast.expr] | None:
    """What `TokenStack(app)` gives, for `def TokenStack(inner): return TokenMiddleware(AuthMiddlewareStack(inner))`."""
    context = migration.context
    symbol = context.analyst.program.resolve(module, ast.unparse(call.func))
    node = (
        context.analyst.trees.node(symbol.qualified) if symbol.kind == "function" and "." not in symbol.name else None
    )
    body = [s for s in node.body if not _is_docstring(s)] if node is not None else []
    if node is None or len(body) != 1 or not isinstance(body[0], ast.Return) or len(node.args.args) != 1:
        return None
    if not isinstance(body[0].value, ast.Call) or len(call.args) != 1 or call.keywords or node.decorator_list:
        return None
    tree = context.analyst.trees.tree(symbol.module)
    definition = (
        next((s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == symbol.name), None)
        if (tree is not None)
        else None
    )
    if definition is None:
        return None
    returned = next(s for s in definition.body if isinstance(s, ast.Return)).value
    assert isinstance(returned, ast.Call)
    innermost: ast.Call = returned
    while innermost.args and isinstance(innermost.args[0], ast.Call):
        innermost = innermost.args[0]
    if not innermost.args or ast.unparse(innermost.args[0]) != node.args.args[0].arg:
        return None
    found.stacks.append((symbol.module, definition))
    found.given[innermost] = (module, call.args[0])
    return symbol.module, returned


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _at(migration: Migration, module: str, node: ast.expr, reason: str) -> tuple[str, int, str]:
    return path_of(migration.context, module), node.lineno, reason

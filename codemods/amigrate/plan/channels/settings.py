"""Sites of settings: CHANNEL_LAYERS becomes a part of AHEAD_WEBSOCKET, and the app of Channels that of django_ahead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from amigrate.discover.project import Role
from amigrate.facts.nodes import parents, walk
from amigrate.model import Confidence
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import SETTINGS
from amigrate.plan.channels.values import assignments, path_of

MEMORY = "django_ahead.websocket.layers.memory.MemoryLayer"
REDIS = "django_ahead.websocket.layers.redis.RedisLayer"
NAME = "AHEAD_WEBSOCKET"
_BACKENDS = {
    "channels.layers.InMemoryChannelLayer": MEMORY,
    "channels_redis.core.RedisChannelLayer": REDIS,
    "channels_redis.pubsub.RedisPubSubChannelLayer": REDIS,
}
_LAYERS = "CHANNEL_LAYERS"
# options of Channels' Redis layers that are those of ours; the others have no equal
_OPTIONS = {MEMORY: frozenset[str](), REDIS: frozenset({"hosts", "prefix"})}
_LOST = frozenset({"capacity", "expiry", "group_expiry", "channel_capacity", "on_disconnect", "on_reconnect"})
Problem = tuple[str, int, str]


@dataclass(frozen=True, eq=False)
class Given:
    """A place that sets CHANNEL_LAYERS: a statement of a module, a keyword, or an attribute of a fixture."""

    module: str
    path: str
    node: ast.Assign | ast.AnnAssign | ast.keyword
    value: ast.expr | None
    held: ast.Assign | ast.AnnAssign | None = None  # `LAYERS = {…}` that it names


def places(migration: Migration) -> tuple[list[Given], list[Problem]]:
    """Where CHANNEL_LAYERS is set, and the uses of it that are something else."""
    found: list[Given] = []
    others: list[Problem] = []
    program = migration.context.analyst.program
    for name, module in program.modules.items():
        role = program.roles.get(name, Role.CODE)
        source = migration.context.analyst.trees.read(module.path) if role in (Role.CODE, Role.TEST) else b""
        tree = migration.context.analyst.trees.tree(name) if _LAYERS.encode() in source else None
        seen: set[ast.AST] = set()
        for given in _given(name, module.path, tree):
            found.append(_named(migration, given))
            seen |= set(walk(given.node)) | {given.node}
        for node in walk(tree) if tree is not None else ():
            text = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if text == _LAYERS and node not in seen:
                others.append((module.path, getattr(node, "lineno", 1), "CHANNEL_LAYERS is read or changed here"))
    return found, others


def _named(migration: Migration, given: Given) -> Given:
    """The same, with the value of a name that stands for it and for nothing else."""
    if not isinstance(given.value, ast.Name):
        return given
    found = list(assignments(migration.context, given.module, given.value.id))
    tree = migration.context.analyst.trees.tree(given.module)
    if len(found) != 1 or tree is None:
        return given
    held = found[0]
    up = parents(tree)
    reads = [n for n in walk(tree) if isinstance(n, ast.Name) and n.id == held.name and isinstance(n.ctx, ast.Load)]
    mine = all(isinstance(k := up.get(n), ast.keyword) and k.arg == _LAYERS for n in reads)
    return replace(given, value=held.value, held=held.statement) if mine else given


def _given(module: str, path: str, tree: ast.Module | None) -> Iterator[Given]:
    for node in walk(tree) if tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)]) if name == _LAYERS:
                yield Given(module, path, node, node.value)
            case ast.AnnAssign(target=ast.Name(id=name)) if name == _LAYERS:
                yield Given(module, path, node, node.value)
            case ast.keyword(arg=name) if name == _LAYERS:
                yield Given(module, path, node, node.value)


def layers_problem(given: Given) -> Problem | None:
    """Why a value of CHANNEL_LAYERS has no counterpart."""
    line = given.node.lineno
    if not isinstance(given.value, ast.Dict):
        return given.path, line, "CHANNEL_LAYERS is computed"
    for layer in given.value.values:
        if reason := _layer_problem(layer):
            return given.path, line, reason
    return None


def _layer_problem(layer: ast.expr) -> str:
    parts = _literal(layer)
    backend = parts.get("BACKEND") if parts is not None else None
    name = str(backend.value) if isinstance(backend, ast.Constant) else ""
    if parts is None or name not in _BACKENDS:
        return f"the layer {name or 'that is computed'} has no counterpart"
    config = parts.get("CONFIG")
    options = _literal(config) if config is not None else {}
    if options is None:
        return "the CONFIG of a layer is computed"
    if unknown := [key for key in options if key not in _OPTIONS[_BACKENDS[name]] | _LOST]:
        return f"the option {unknown[0]} of a layer has no counterpart"
    return _hosts_problem(options["hosts"]) if "hosts" in options else ""


def _hosts_problem(hosts: ast.expr) -> str:
    if not isinstance(hosts, ast.List | ast.Tuple):
        return "the hosts of a layer are computed"
    if len(hosts.elts) != 1:
        return "a layer has several hosts, among which Channels shares its groups out"
    host = hosts.elts[0]
    if isinstance(host, ast.Starred) or (isinstance(host, ast.List | ast.Tuple) and len(host.elts) != 2):
        return "the host of a layer is not known"
    if isinstance(host, ast.Dict):
        given = _literal(host)
        if given is None or "address" not in given or isinstance(given["address"], ast.Dict | ast.List):
            return "the host of a layer has no literal address"
    return ""


def _literal(node: ast.expr) -> dict[str, ast.expr] | None:
    """A dict of literal keys; None for anything else."""
    if not isinstance(node, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None for key in node.keys]
    return None if None in keys else {str(key): value for key, value in zip(keys, node.values, strict=True)}


def _lost_in(value: ast.expr | None) -> list[str]:
    """The options in layers that have no counterpart."""
    texts = (part.value for part in (walk(value) if value is not None else ()) if isinstance(part, ast.Constant))
    return sorted({text for text in texts if isinstance(text, str) and text in _LOST})


def known_problem(migration: Migration, *, layers: bool) -> Problem | None:
    """Why AHEAD_WEBSOCKET, if the project has it, is in the way: of new keys, or with `layers` of those of Channels."""
    program = migration.context.analyst.program
    module = program.project.settings.module
    for given in assignments(migration.context, module, NAME):
        keys = _literal(given.value)
        if not layers or keys is None or "LAYERS" in keys:
            what = "names layers, which are not those of CHANNEL_LAYERS" if layers else "is set already"
            return path_of(migration.context, module), given.statement.lineno, f"{NAME} {what}"
    return None


def move_settings(migration: Migration, found: list[Given], *, whole: bool) -> Problem | None:
    """Adds the sites. `whole`: nothing is left of Channels; else its layers serve django_ahead by themselves."""
    if problem := known_problem(migration, layers=not (migration.extra or (whole and found))):
        return problem
    extra = "\n".join(f"{key}={value}" for key, value in migration.extra.items())
    done: set[ast.AST] = set()
    for given in found if whole else ():
        lost = _lost_in(given.value)
        without = f"; nothing is kept there, so that {' and '.join(lost)} have no equal" if lost else ""
        reason = f"the layers of django_ahead; what was sent to those of Channels does not reach them{without}"
        if given.held is not None:
            migration.add(given.path, given.node, SETTINGS, reason, Confidence.REVIEW, op="keyword")
        node = given.held or given.node
        if node in done:
            continue
        done.add(node)
        migration.add(
            given.path, node, SETTINGS, reason, Confidence.REVIEW, op="layers", extra=extra,
            backends="\n".join(f"{old}={new}" for old, new in _BACKENDS.items()), lost=",".join(sorted(_LOST)),
        )  # fmt: skip
    program = migration.context.analyst.program
    module = program.project.settings.module
    anchored = [g for g in found if g.module == module and isinstance(g.node, ast.Assign)]
    if extra and (not whole or not found):
        place = anchored[0].node if anchored else _anchor(migration, module)
        if place is None:
            return path_of(migration.context, module) if module in program.modules else "", 1, "no settings module"
        migration.add(
            path_of(migration.context, module), place, SETTINGS, "what the WebSockets of django_ahead need",
            Confidence.REVIEW, op="new", extra=extra,
        )  # fmt: skip
    if whole:
        _exchange_app(migration)
    return None


def _anchor(migration: Migration, module: str) -> ast.stmt | None:
    tree = migration.context.analyst.trees.tree(module)
    wanted = ("ASGI_APPLICATION", "ROOT_URLCONF", "INSTALLED_APPS")
    for name in wanted:
        for statement in tree.body if tree is not None else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                    return statement
    return None


def _exchange_app(migration: Migration) -> None:
    """ "channels" in INSTALLED_APPS becomes "django_ahead"."""
    program = migration.context.analyst.program
    for name, module in program.modules.items():
        role = program.roles.get(name, Role.CODE)
        source = migration.context.analyst.trees.read(module.path) if role in (Role.CODE, Role.TEST) else b""
        tree = migration.context.analyst.trees.tree(name) if b"channels" in source and b"APPS" in source else None
        for statement in tree.body if tree is not None else ():
            for item in _apps(statement):
                if isinstance(item, ast.Constant) and item.value in ("channels", "channels.apps.ChannelsConfig"):
                    reason = "nothing of Channels is left; django_ahead as an app has its system checks"
                    migration.add(module.path, item, SETTINGS, reason, op="app")


def _apps(statement: ast.stmt) -> Iterator[ast.expr]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.endswith("APPS"):
            yield from (e for part in walk(value) if isinstance(part, ast.List | ast.Tuple) for e in part.elts)
        case ast.AugAssign(target=ast.Name(id=name), value=ast.List() | ast.Tuple() as value) if name.endswith("APPS"):
            yield from value.elts

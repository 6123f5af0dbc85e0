"""Consumers of django_ahead under an application that stays on Channels, because it cannot be read or replaced.

`Consumer.as_asgi()` is an ASGI application in both, so that routes, middleware and tests stay as they are. Channels
looks after origins, sessions and users there, and its layers serve both sides: django_ahead uses CHANNEL_LAYERS by
itself where AHEAD_WEBSOCKET names no layers.
"""

from __future__ import annotations

import ast

from amigrate.discover.project import Role
from amigrate.facts.nodes import parents
from amigrate.facts.values import dotted
from amigrate.plan.channels import adapters, consumers
from amigrate.plan.channels.inner_imports import move_inner_imports
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import CONSUMERS, GROUP, NAMES, ROUTING, Part, is_explained, left
from amigrate.plan.channels.settings import known_problem
from amigrate.plan.class_uses import Parents, is_annotation, mentioning, references, resolver
from amigrate.plan.coloured import Colouring

_WORKERS = "channels.routing.ChannelNameRouter"
_ASKING = frozenset({"isinstance", "issubclass", "super"})
_STAYS = "routes and application stay on Channels, which serves the consumers of django_ahead in them"
_HELP = "change that by hand and run again, then the rest moves too and Channels can go"
_NOTHING = "change that by hand and run again; until then everything stays on Channels"
_VALUE = "a consumer is used as a value here, and not by its as_asgi()"
_OLD_ROUTE = "a route has the consumer itself, as in Channels 2; from Channels 3 on it takes its as_asgi()"
Problem = tuple[str, int, str]


def move_beside(migration: Migration, coloured: Colouring, problem: Problem) -> None:
    """Adds the sites of the consumers alone; `problem` is why the rest cannot move. Without sites where none can."""
    path, line, reason = problem
    if not migration.moved:
        migration.refuse(path, line, GROUP, ROUTING, reason, _NOTHING)
        return
    migration.beside = True
    consumers.move_consumers(migration, adapters.unwrapped(migration, coloured))
    if other := _other_problem(migration) or move_inner_imports(migration):
        migration.sites.clear()
        path, line, reason = other
        migration.refuse(path, line, GROUP, CONSUMERS, reason, _NOTHING)
        return
    migration.refuse(path, line, GROUP, CONSUMERS, f"{reason}: {_STAYS}", _HELP)
    for use in migration.uses.found:
        if use.dotted not in NAMES and use.role is Role.CODE and is_explained(use.dotted):
            why, help_ = left(use.dotted)
            migration.refuse(use.path, use.line, use.dotted, CONSUMERS, f"{use.dotted} stays: {why}", help_)


def _other_problem(migration: Migration) -> Problem | None:
    """Why not even the consumers can move."""
    routers = [use for use in migration.of(Part.STACK) if use.role is Role.CODE]
    if not routers:
        first = migration.uses.found[0]
        return first.path, first.line, "ProtocolTypeRouter is not built: it has no ASGI application of its own"
    return known_problem(migration, layers=True) or _strange_use(migration)


def _strange_use(migration: Migration) -> Problem | None:
    """A place in code that uses a consumer as something else than a class with `as_asgi()`."""
    context = migration.context
    for module in sorted(mentioning(context, {name.rpartition(".")[2] for name in migration.moved})):
        facts, tree = context.analyst.program.modules[module], context.analyst.trees.tree(module)
        if tree is None or facts.light:
            continue
        up = parents(tree)
        for node, symbol in references(tree, resolver(context, facts, skimmed=False)):
            if symbol.kind != "class" or symbol.qualified not in migration.moved:
                continue
            if not _is_plain(up, node):
                return facts.path, node.lineno, _OLD_ROUTE if _is_routed(up, node) else _VALUE
            if _is_for_worker(migration, module, up, node):
                return facts.path, node.lineno, "a consumer of sockets is a worker as well, in ChannelNameRouter"
    return None


def _is_for_worker(migration: Migration, module: str, up: Parents, node: ast.AST) -> bool:
    """Whether a class stands in what ChannelNameRouter is given."""
    uses = migration.by_node(module)
    parent = up.get(node)
    while isinstance(parent, ast.expr | ast.keyword):
        use = uses.get(parent.func) if isinstance(parent, ast.Call) else None
        if use is not None and use.dotted == _WORKERS:
            return True
        parent = up.get(parent)
    return False


def _is_routed(up: Parents, node: ast.expr) -> bool:
    """Whether a class is what a route leads to: `path("chat/", Chat)`."""
    call = up.get(node)
    return isinstance(call, ast.Call) and call.args[1:2] == [node] and dotted(call.func).endswith(("path", "url"))


def _is_plain(up: Parents, node: ast.expr) -> bool:
    """Whether a class is only derived from, asked for, annotated with, made, or made an application."""
    match up.get(node):
        case ast.ClassDef() as heir:
            return node in heir.bases
        case ast.Call() as call if call.func is node:
            return True  # its instances are followed
        case ast.Call(func=ast.Name(id=name)):
            return name in _ASKING
        case ast.Attribute() | ast.Compare():
            return True
    return is_annotation(node, up)

"""Sites of what publishes: `get_channel_layer`, and `async_to_sync(layer.group_send)(…)` in code that stays sync."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from amigrate.discover.project import Role
from amigrate.facts.adapters import TO_SYNC
from amigrate.facts.nodes import parents, walk
from amigrate.plan.channels.insides import inside
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import LAYERS, TESTS, Part
from amigrate.plan.channels.uses import Use, imports_of
from amigrate.plan.coloured import Colouring

_SENDS = {"group_send": "group_send_sync", "send": "send_sync"}


def layer_problem(migration: Migration) -> tuple[str, int, str] | None:
    """Why the layers cannot be those of django_ahead: they are known by a name that others use, or by their insides."""
    program = migration.context.analyst.program
    uses = migration.of(Part.LAYER)
    named = {f"{use.module}.{ast.unparse(use.node)}": use for use in uses}
    for module in program.modules:
        for text in sorted(named.keys() & migration.context.analyst.trees.full(module).dotted_strings if uses else ()):
            use = named[text]
            where = program.modules[module].path
            return use.path, use.line, f"`{text}` is named as a string in {where}, which replaces it there"
    if (worker := _sends_to_worker(migration)) is not None:
        return worker
    for module in sorted({use.module for use in uses}):
        tree = migration.context.analyst.trees.tree(module)
        mine = [use for use in uses if use.module == module]
        if tree is not None and (used := inside(walk(tree), partial(_is_layer, uses=mine, tree=tree))):
            return program.modules[module].path, used.lineno, f"`{used.attr}` of a layer is of Channels' own"
    return None


def _sends_to_worker(migration: Migration) -> tuple[str, int, str] | None:
    """`channel_layer.send("thumbnails", …)`: a channel with a name is that of a worker, which only Channels has."""
    for module in migration.context.analyst.program.modules.values():
        if module.light or not any("send" in scope.attributes for scope in module.scopes):
            continue
        if not any(use.module == module.module for use in migration.uses.found):
            continue
        tree = migration.context.analyst.trees.tree(module.module)
        for node in walk(tree) if tree is not None else ():
            match node:
                case ast.Call(
                    func=ast.Call(args=[ast.Attribute(attr="send")]) | ast.Attribute(attr="send"),
                    args=[ast.Constant(value=str(name)), ast.Dict(), *_],
                ):
                    return module.path, node.lineno, f"what is sent to the channel `{name}` is for a worker of Channels"
    return None


def move_layers(migration: Migration, coloured: Colouring) -> None:
    """The sites of everything that gets a layer."""
    publishers: set[str] = set()
    for use in migration.of(Part.LAYER):
        codemod = TESTS if use.role is Role.TEST else LAYERS
        migration.rename(use, codemod, "layers are those of AHEAD_WEBSOCKET")
        publishers.add(use.module)
    for module in sorted(publishers):
        _publish(migration, coloured, module, [u for u in migration.of(Part.LAYER) if u.module == module])


def _publish(migration: Migration, coloured: Colouring, module: str, uses: list[Use]) -> None:
    """`async_to_sync(layer.group_send)(…)` → `layer.group_send_sync(…)` in a module."""
    context = migration.context
    tree = context.analyst.trees.tree(module)
    facts = context.analyst.program.modules[module]
    if tree is None:
        return
    awaited = {
        (site.span.line, site.span.col)
        for drafts in (coloured.drafts, coloured.present)
        for draft in drafts.values()
        for site in draft.sites
        if draft.analysis.path == facts.path and site.codemod == "async-calls" and site.param("op") == "unwrap"
    }
    known, _ = imports_of(tree)
    up = parents(tree)
    for call in _adapted(tree, known):
        adapter = call.func
        assert isinstance(adapter, ast.Call) and isinstance(adapter.args[0], ast.Attribute)
        if (call.lineno, call.col_offset) in awaited or not _is_layer(adapter.args[0].value, uses, tree):
            continue
        pair = known[_name(adapter.func)][0]
        codemod = TESTS if facts.light else LAYERS
        inside = up.get(call)
        migration.add(
            facts.path, call, codemod, "a layer has sync twins of what sends", op="sync",
            method=_SENDS[adapter.args[0].attr], adapter=":".join(pair) if pair else "",
            parens="1" if isinstance(inside, ast.Await) else "",
        )  # fmt: skip


def _adapted(tree: ast.Module, known: dict[str, tuple[tuple[str, str] | None, str]]) -> Iterator[ast.Call]:
    """The calls `async_to_sync(x.group_send)(…)`."""
    for node in walk(tree):
        match node:
            case ast.Call(func=ast.Call(func=ast.Name(id=name), args=[ast.Attribute(attr=attr)], keywords=[])):
                if known.get(name, (None, ""))[1] in TO_SYNC and attr in _SENDS:
                    yield node


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_layer(value: ast.expr, uses: list[Use], tree: ast.Module) -> bool:
    """Whether an expression is a layer: `get_channel_layer()`, or a name that is only ever assigned one."""
    calls = {use.node for use in uses}
    if isinstance(value, ast.Call):
        return value.func in calls
    name = ast.unparse(value)
    assigned = [
        node.value
        for node in walk(tree)
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == name for target in node.targets)
    ]
    parameters = {node.arg for node in walk(tree) if isinstance(node, ast.arg)}
    return (
        bool(assigned)
        and name not in parameters
        and all(isinstance(one, ast.Call) and one.func in calls for one in assigned)
    )

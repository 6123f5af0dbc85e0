"""Which consumers become those of django_ahead, and their sites."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from amigrate.discover.project import Role
from amigrate.facts.consumer_classes import INSIDES, NATIVE, RAW
from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.channels.cautions import tell
from amigrate.plan.channels.insides import of_own_layer
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import CONSUMERS, NAMES, Part, left
from amigrate.plan.channels.uses import Use
from amigrate.plan.coloured import Colouring
from amigrate.plan.consumer_instances import instances
from amigrate.plan.ignores import is_ignored

_FRAMES = frozenset({"websocket_connect", "websocket_receive", "websocket_disconnect"})
_CONSUMERS = ("Consumer", "Demultiplexer")  # names of consumers of other packages
Why = tuple[str, str]


def choose_consumers(migration: Migration, coloured: Colouring) -> None:
    """Fills `moved`, with a refusal for each consumer that stays."""
    context = migration.context
    consumers, program = context.analyst.classes.consumers, context.analyst.program
    reasons: dict[str, Why] = {}
    own = [
        name
        for name in consumers.all
        if program.roles.get(program.classes[name][0].module, Role.CODE) is Role.CODE
        and NATIVE.isdisjoint(program.linearise(name))
    ]
    for name in own:
        if why := _why_left(migration, coloured, name):
            reasons[name] = why
    for name in own:
        if name not in reasons and (why := _torn(migration, name, [one for one in own if one in reasons])):
            reasons[name] = why
    for name in own:
        near = sorted(consumers.family(name))
        blocking = next((one for one in near if one in reasons), "")
        if not blocking:
            migration.moved.add(name)
            continue
        told = consumers.is_worker(name) or reasons.get(name) == _why_sync(coloured, name)
        if consumers.is_sync(name) and name in reasons and told:
            continue  # `async-consumers` says so
        why = reasons.get(name) or (f"it goes together with {blocking}: {reasons[blocking][0]}", reasons[blocking][1])
        module, found = program.classes[name]
        migration.refuse(module.path, found.line, name, CONSUMERS, *why)


def refuse_frameworks(migration: Migration) -> None:
    """A refusal for each class that is built on the consumers of another package alone."""
    program = migration.context.analyst.program
    for name, (module, found) in program.classes.items():
        if program.roles.get(module.module, Role.CODE) is not Role.CODE:
            continue
        if migration.context.analyst.classes.consumers.is_consumer(name):
            continue
        base = next((one for one in program.externals(name) if one.rpartition(".")[2].endswith(_CONSUMERS)), "")
        if base and not base.startswith(("celery", "kombu", "kafka", "pika")):
            dotted = next((use.dotted for use in migration.uses.found if use.dotted == base), "")
            reason, help_ = left(dotted) if dotted else _framework(base)
            migration.refuse(module.path, found.line, name, CONSUMERS, reason, help_)


def _framework(base: str) -> Why:
    return f"it is built on {base}, which is made for Channels", "leave it: Channels serves it beside the others"


def _why_left(migration: Migration, coloured: Colouring, name: str) -> Why | None:
    context = migration.context
    consumers, program = context.analyst.classes.consumers, context.analyst.program
    module, found = program.classes[name]
    if foreign := consumers.foreign_bases(name):
        if foreign[0] == "?":
            return "one of its bases is computed", "name the base in the class statement"
        return _framework(foreign[0])
    if is_ignored(context.ignored, module.path, found.line, CONSUMERS):
        return f"a comment says to ignore {CONSUMERS} here", ""
    if inside := sorted(INSIDES.intersection(found.methods)):
        return f"it replaces `{inside[0]}` of Channels", "write what it does into the handlers"
    if consumers.is_worker(name):
        return left("channels.routing.ChannelNameRouter")
    if RAW.isdisjoint(program.linearise(name)) and (frames := sorted(_FRAMES & set(found.methods))):
        help_ = f"write it into `{frames[0].removeprefix('websocket_')}`"
        return f"it replaces `{frames[0]}`, by which Channels calls the other methods", help_
    if consumers.is_sync(name) and (why := _why_sync(coloured, name)):
        return why
    for use in _uses_inside(migration, name):
        if use.dotted not in NAMES or NAMES[use.dotted].part is Part.STACK:
            reason, help_ = left(use.dotted)
            return f"it uses {use.dotted} (line {use.line}): {reason}", help_
    if used := of_own_layer(node for one in program.line(name) for node in _body(migration, one)):
        reason = f"it uses `{used.attr}` of the layer (line {used.lineno}), which only layers of Channels have"
        return reason, "keep what it needs to know of a group in the cache or the database"
    heads = tuple(f"{one}." for one in program.line(name))
    functions = [one for one in program.functions if one.startswith(heads)]
    waiting = [one for one in functions if program.functions[one][1].is_async or one in coloured.drafts]
    if made := next((one for one in instances(context, {name}, waiting) if one.problem), None):
        where = f"{made.path}:{made.line}"
        return (
            f"an instance of it is made in {where}, and {made.problem}",
            "give it to a communicator, or use as_asgi()",
        )
    return None


def _why_sync(coloured: Colouring, name: str) -> Why | None:
    """Why a sync consumer does not become async."""
    for family in coloured.refused:
        if family.consumer and name in family.classes and family.obstacle is not None:
            _, obstacle = family.obstacle
            return obstacle.reason, obstacle.suggestion
    for family in coloured.families.values():
        if family.consumer and name in family.classes and (cause := coloured.causes.get(family.classes)) is not None:
            where, obstacle = cause
            line = f" (line {obstacle.line})" if obstacle.line else ""
            return f"`{where.rpartition('.')[2]}` cannot be async{line}: {obstacle.reason}", obstacle.suggestion
    return None


def _uses_inside(migration: Migration, name: str) -> list[Use]:
    """The uses of Channels in the body of a class."""
    node = _class_node(migration, name)
    inside = set(walk(node)) if node is not None else set()
    module = migration.context.analyst.program.classes[name][0].module
    return [use for use in migration.uses.found if use.module == module and use.node in inside]


def _class_node(migration: Migration, name: str) -> ast.ClassDef | None:
    module, found = migration.context.analyst.program.classes[name]
    tree = migration.context.analyst.trees.tree(module.module)
    short = name.rpartition(".")[2]
    nodes = walk(tree) if tree is not None else ()
    return next((n for n in nodes if isinstance(n, ast.ClassDef) and (n.name, n.lineno) == (short, found.line)), None)


def move_consumers(migration: Migration, gone: Collection[Use]) -> None:
    """The sites of the consumers that move: their bases, and the names in their modules that only they need.

    The uses that are `gone` have sites of their own.
    """
    context = migration.context
    tell(migration)
    homes = {name: _class_node(migration, name) for name in migration.moved}
    for name, node in homes.items():
        module = context.analyst.program.classes[name][0].module
        uses = migration.by_node(module)
        for base in node.bases if node is not None else ():
            if (use := uses.get(base)) is not None and use not in migration.handled:
                migration.rename(use, CONSUMERS, f"{NAMES[use.dotted].new} of django_ahead has the same methods")
    staying = {node for one in _staying(migration) for node in _body(migration, one)}
    moving = {node for one in migration.moved for node in _body(migration, one)}
    beside = {context.analyst.program.classes[one][0].module for one in _staying(migration)}
    for use in migration.of(Part.NAME):
        exception = use.dotted.startswith("channels.exceptions.")
        elsewhere = use.module in beside if exception else migration.beside
        stays = use.node in staying or (elsewhere and use.node not in moving)
        if use in gone:
            migration.handled.add(use)
        elif use.role is Role.CODE and not stays:
            migration.rename(use, CONSUMERS, f"{use.dotted} becomes {NAMES[use.dotted].new}", Confidence.SAFE)


def _staying(migration: Migration) -> list[str]:
    """The consumers of Channels that do not move."""
    consumers, program = migration.context.analyst.classes.consumers, migration.context.analyst.program
    return [one for one in consumers.all if one not in migration.moved and NATIVE.isdisjoint(program.linearise(one))]


def _body(migration: Migration, name: str) -> Sequence[ast.AST]:
    node = _class_node(migration, name)
    return walk(node) if node is not None else ()


def _torn(migration: Migration, name: str, staying: list[str]) -> Why | None:
    """Why a consumer stays with another one of its module: both want the same exception, each another one."""
    program = migration.context.analyst.program
    raised = {use.dotted for use in migration.of(Part.NAME) if use.dotted.startswith("channels.exceptions.")}
    mine = raised & {use.dotted for use in _uses_inside(migration, name)}
    for other in staying:
        if program.classes[other][0].module != program.classes[name][0].module:
            continue
        if shared := sorted(mine & {use.dotted for use in _uses_inside(migration, other)}):
            short = other.rpartition(".")[2]
            return f"{short}, which stays, needs {shared[0]} under the same name", f"give {short} a module of its own"
    return None

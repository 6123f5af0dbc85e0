"""What a consumer that moves does, and what ends otherwise with django_ahead: left as it is, and told.

`connect()` that neither accepts nor closes leaves the handshake open, for as long as the server lets it; django_ahead
refuses it after ACCEPT_TIMEOUT. After `raise StopConsumer` Channels calls nothing more, django_ahead `disconnect()`.
"""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import CONSUMERS

_STOP = "channels.exceptions.StopConsumer"
_ENDS = frozenset({"accept", "close"})
_LAST = frozenset({"disconnect", "websocket_disconnect"})


def tell(migration: Migration) -> None:
    """Adds what there is to say on the consumers that move."""
    program = migration.context.analyst.program
    for name in sorted(migration.moved):
        module, found = program.classes[name]
        if "connect" in found.methods and not _answers(migration, name, "connect", set()):
            reason = "it neither accepts nor closes: such a handshake is refused after ten seconds (ACCEPT_TIMEOUT)"
            line = program.functions[f"{name}.connect"][1].line
            help_ = "accept or close in connect(), or raise DenyConnection"
            migration.refuse(module.path, line, f"{name}.connect", CONSUMERS, reason, help_)
        for method in found.methods:
            if method not in _LAST and (line := _stops(migration, name, method)):
                reason = "disconnect() is called after StopConsumer, too, which Channels does not"
                help_ = "see to it that disconnect() can be called then"
                migration.refuse(module.path, line, f"{name}.{method}", CONSUMERS, reason, help_)


def _answers(migration: Migration, name: str, method: str, seen: set[str]) -> bool:
    """Whether a method, or one that it calls, may answer the handshake; what gets `self` elsewhere may."""
    node = migration.context.analyst.trees.node(f"{name}.{method}")
    seen.add(method)
    own = node.args.args[0].arg if node is not None and node.args.args else ""
    program = migration.context.analyst.program
    used = {id(part.value) for part in walk(node) if isinstance(part, ast.Attribute)} if node is not None else set()
    for part in walk(node) if node is not None else ():
        match part:
            case ast.Raise():
                return True
            case ast.Attribute(value=ast.Name(id=found), attr=attr) if found == own:
                if attr in _ENDS:
                    return True
                owner = program.find_method(name, attr)
                if owner and attr not in seen and _answers(migration, owner, attr, seen):
                    return True
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                return True
            case ast.Name(id=found, ctx=ast.Load()) if found == own and id(part) not in used:
                return True
    return node is None


def _stops(migration: Migration, name: str, method: str) -> int:
    """The line of a `raise StopConsumer` in a method, 0 for none."""
    module, function = migration.context.analyst.program.functions[f"{name}.{method}"]
    raised = (use.line for use in migration.uses.found if use.dotted == _STOP and use.module == module.module)
    return next((line for line in raised if function.line <= line <= function.last), 0)

"""Loggers of the project's own classes: the methods they inherit write messages, and wait for nothing but own hooks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.arguments import Arguments
from amigrate.facts.effects import What
from amigrate.facts.lattice import UNKNOWN, Kind, Type
from amigrate.facts.parameters import record_call

if TYPE_CHECKING:
    from amigrate.facts.flow import Flow

_BASES = frozenset({"logging.Logger", "logging.LoggerAdapter"})
_WRITING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"})
# what the inherited methods call, where the project overrides it
_HOOKS = (
    "process",
    "log",
    "_log",
    "isEnabledFor",
    "makeRecord",
    "handle",
    "filter",
    "getEffectiveLevel",
    "callHandlers",
)


def writes(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> bool:
    """Whether a call is an inherited logging method; what it runs of the project is noted.

    Source: the standard library's `logging`; `LoggerAdapter.process` is there to be overridden.
    """
    program = flow.analyst.program
    if name not in _WRITING or not _BASES.intersection(program.externals(base.ref)):
        return False
    message = args.positional[:1]
    if process := program.find_method(base.ref, "process"):
        given = Arguments([*message, (node, Type(Kind.DICT, item=UNKNOWN))])
        record_call(flow.analyst, flow.module, f"{process}.process", given, method=True)
    owners = {hook: program.find_method(base.ref, hook) for hook in (*_HOOKS, *_WRITING)}
    hooks = tuple(f"{owner}.{hook}" for hook, owner in owners.items() if owner is not None)
    if hooks:
        flow.emit(What.CONSTRUCT, node, base, targets=hooks)
    return True

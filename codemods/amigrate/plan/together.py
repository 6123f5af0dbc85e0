"""The definitions that share a colour: the overrides of a method, the handlers of a view, what one call may run."""

from __future__ import annotations

import ast

from amigrate.facts.effects import What
from amigrate.plan import uses
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context


def mates_of(context: Context) -> dict[str, set[str]]:
    """The functions that share a call with a function, such as those of a dispatch dict, by its name."""
    found: dict[str, set[str]] = {}
    for analysis in context.analyst.analyses.values():
        shared: dict[ast.AST, set[str]] = {}
        for effect in analysis.effects:
            if effect.what in (What.CALL, What.EACH):
                shared.setdefault(effect.node, set()).update(effect.targets)
        for targets in shared.values():
            for target in targets if len(targets) > 1 else ():
                found.setdefault(target, set()).update(targets)
    return found


def family_of(context: Context, qualified: str, result: Colouring) -> frozenset[str]:
    """The definitions that share a colour: all overrides of a method, and what shares a call with one of them."""
    found, stack = {qualified}, [qualified]
    while stack:
        name = stack.pop()
        more = (overrides_of(context, name, result) | result.mates.get(name, set())) - found
        found |= more
        stack.extend(more)
    return frozenset(found)


def overrides_of(context: Context, qualified: str, result: Colouring) -> frozenset[str]:
    """All overrides of a method up and down the hierarchy, with the methods of its protocol; all handlers of a view."""
    if qualified in result.families:
        return result.families[qualified].members
    program = context.analyst.program
    module, function = program.functions[qualified]
    if not function.owner:
        return frozenset({qualified})
    name = function.qualname.rpartition(".")[2]
    top = f"{module.module}.{function.owner}"
    for base in program.linearise(top):
        if base in program.classes and name in program.classes[base][1].methods:
            top = base
    names = uses.PROTOCOLS.get(name, (name,))
    return frozenset({t for n in names for t in context.analyst.classes.overrides(top, n)} | {qualified})


def apart(name: str, other: str) -> str:
    """Why a function stays sync with one of its family."""
    of_class = not other.rpartition(".")[0].endswith("<locals>")
    if of_class and other.rpartition(".")[2] == name.rpartition(".")[2]:
        return f"its override {other} stays sync"
    return f"it goes together with {other}, which stays sync"

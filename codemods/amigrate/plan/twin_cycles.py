"""Twins that run what would await them: `async def aget(self): return self.get()` cannot await `self.aget()`."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.facts.twins import twin_name
from amigrate.plan.context import Draft


def comes_back(draft: Draft, target: str) -> bool:
    """Whether the twin of a function is the one in which it would be awaited, or runs that: it would never end.

    Such a twin runs its own sync form; so may one that it overrides, or that overrides it.
    """
    program, here = draft.context.analyst.program, draft.analysis.qualified
    head, _, name = target.rpartition(".")
    owner, _, own = here.rpartition(".")
    twin = twin_name(name)
    if own == twin and (owner == head or head in program.linearise(owner) or owner in program.linearise(head)):
        return True
    seen: set[str] = set()
    left = [f"{head}.{twin}"]
    while left:
        one = left.pop()
        if one == here:
            return True
        if one not in seen:
            seen.add(one)
            left += _called_near(draft, one)
    return False


def _called_near(draft: Draft, qualified: str) -> list[str]:
    """The functions that one calls by their name, and the methods that it calls on itself."""
    program, node = draft.context.analyst.program, draft.context.analyst.trees.node(qualified)
    if node is None or qualified not in program.functions:
        return []
    module, function = program.functions[qualified]
    found = []
    for part in walk(node):
        match part:
            case ast.Name(id=name):
                found.append(program.resolve(module.module, name).qualified)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if function.owner:
                owner = program.find_method(f"{module.module}.{function.owner}", name)
                found.append(f"{owner}.{name}")
    return found

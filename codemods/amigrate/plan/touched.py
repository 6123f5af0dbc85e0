"""What a change of some functions can matter to: these, and all that call them, use what they give or may mean them.

The plan of a rewritten program can only differ from the one before where the rewriting matters. So that nothing is
left for a second run is asked of these functions alone; what they call is planned with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from amigrate.facts.analyst import Analyst
from amigrate.facts.effects import What
from amigrate.facts.module import Function, ModuleFacts
from amigrate.facts.program import Program
from amigrate.facts.values import decorator_name


def changed_functions(before: ModuleFacts, after: ModuleFacts, old: bytes, new: bytes) -> set[str]:
    """The qualified names of the functions that a rewritten module has new or with other lines; all those of a class
    whose own statements changed, and all of the module if its statements did."""
    was, now = _texts(before, old), _texts(after, new)
    found = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
    if (before.values, before.calls, before.stars) != (after.values, after.calls, after.stars):
        return {f"{after.module}.{name}" for name in was.keys() | now.keys()}
    classes = {c.qualname: replace(c, line=0) for c in before.classes}
    others = {c.qualname for c in after.classes if classes.get(c.qualname) != replace(c, line=0)}
    owned = {f.qualname for f in (*before.functions, *after.functions) if f.owner in others}
    return {f"{after.module}.{name}" for name in found | owned}


def _texts(facts: ModuleFacts, source: bytes) -> dict[str, tuple[bytes, ...]]:
    """The lines of each function of a module; of several with one name those of all."""
    lines = source.splitlines()
    found: dict[str, tuple[bytes, ...]] = {}
    for function in facts.functions:
        found[function.qualname] = (*found.get(function.qualname, ()), *lines[function.first - 1 : function.last])
    return found


def touched(analyst: Analyst, changed: Iterable[str]) -> frozenset[str]:
    """The functions that may be seen otherwise once those of `changed` are others, by the analyses of them all."""
    using: dict[str, set[str]] = {name: set(users) for name, users in analyst.users.items()}
    meaning: dict[str, set[str]] = {}
    for name, analysis in analyst.analyses.items():
        for effect in analysis.effects:
            for target in (*effect.targets, effect.receiver.ref):
                using.setdefault(target, set()).add(name)
            if effect.what is What.MAYBE:
                meaning.setdefault(effect.detail, set()).add(name)
    decorated = _decorated(analyst.program)
    found: set[str] = set()
    stack = list(changed)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            short = name.rpartition(".")[2]
            # the wrapper in a decorator is changed: so is what the decorator makes
            outer = name.partition(".<locals>.")[0]
            stack.extend((*using.get(name, ()), *meaning.get(short, ()), *decorated.get(outer.rpartition(".")[2], ())))
            stack.append(outer)
    return frozenset(found)


def _decorated(program: Program) -> Mapping[str, list[str]]:
    """The functions under a decorator, by its last name; with a class those of all its methods."""
    found: dict[str, list[str]] = {}
    for qualified, (_, function) in program.functions.items():
        for name in _decorators(function):
            found.setdefault(name, []).append(qualified)
    for qualified, (_, cls) in program.classes.items():
        for decorator in cls.decorators:
            short = decorator_name(decorator).rpartition(".")[2]
            found.setdefault(short, []).extend(f"{qualified}.{method}" for method in cls.methods)
    return found


def _decorators(function: Function) -> set[str]:
    return {decorator_name(decorator).rpartition(".")[2] for decorator in function.decorators}

"""What entry points reach, with what pins the rest."""

from __future__ import annotations

from collections import deque

from amigrate.facts.lattice import Kind
from amigrate.plan.coloured import NOWHERE, Colouring
from amigrate.plan.context import Context, Obstacle
from amigrate.plan.pins import pin
from amigrate.plan.relieving import relieve
from amigrate.plan.together import overrides_of
from amigrate.plan.twins import no_twin

_ROUNDS = 3  # argument types flow from callers to callees; more rounds changed nothing on real projects


def reach(context: Context, entries: set[str], result: Colouring) -> list[str]:
    """Everything that entry points call and that nothing pins; what pins the rest goes to `result`.

    Analysed again until the argument types from all these callers are known.
    """
    analyst = context.analyst
    order: dict[str, None] = {}
    starts = [e for e in entries | result.awake | result.threaded if context.starts(e)]
    free = set[str]()  # what nothing pins: no analysis changes that, but those of tests
    for _ in range(_ROUNDS):
        order = {}
        queue = deque(sorted(e for e in starts if e in analyst.program.functions))
        while queue:
            name = queue.popleft()
            if name in order or (name in result.reasons and not may_have_twin(context, name, entries, result)):
                continue
            known = name in result.reasons or name in result.families
            known = known or name in result.awake or name in result.threaded or name in free
            if not known and (reason := _pinned(context, name, entries)):
                # what it calls stays sync with it: analysed only where its blocking matters
                result.reasons[name] = Obstacle(NOWHERE, reason)
                if not may_have_twin(context, name, entries, result):
                    continue
            elif not known and not context.tests:
                free.add(name)
            order[name] = None
            for effect in analyst.told(name).effects:
                targets = set(effect.targets)
                if effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref:
                    targets.add(effect.receiver.ref)
                queue.extend(sorted(t for t in targets if t in analyst.program.functions and t not in order))
        if not analyst.refresh():
            break
    for name in order:
        analyst.told(name)
    relieve(context, result, order.keys() - result.reasons.keys())
    return list(order)


def _pinned(context: Context, name: str, entries: set[str]) -> str:
    if reason := pin(context, name, routed=name in entries):
        return reason
    twin = "" if name in entries else context.twin_of(name)
    return f"it has an async twin, `{twin}`" if twin else ""


def builds(context: Context, name: str, entries: set[str]) -> bool:
    """Whether an entry point builds querysets, which are then evaluated while its response is rendered."""
    return name in entries and not context.tests and bool(context.analyst.analyse(name).origins)


def may_have_twin(context: Context, name: str, entries: set[str], result: Colouring) -> bool:
    """Whether a function that stays sync can get an async twin; why not is noted."""
    if context.helpers != "twin" or name in entries or name in result.single or context.twin_of(name):
        return False
    for member in sorted(overrides_of(context, name, result)):
        if reason := result.single.get(member) or no_twin(context, member):
            result.single[name] = reason
            return False
    return True

"""The colouring: which functions become async, as a greatest fixed point.

It starts from every function that entry points reach, that nothing pins and that may block, and drops what cannot be
async under that assumption, until nothing more has to be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping

from amigrate.plan.already_async import already_async, in_thread, unreached
from amigrate.plan.coloured import NOWHERE, Colouring
from amigrate.plan.consumer_families import consumer_families
from amigrate.plan.context import Context, Draft, Obstacle
from amigrate.plan.decorators import judge_all
from amigrate.plan.drafts import Drafts
from amigrate.plan.dual_mode import core_obstacle
from amigrate.plan.gains import not_worthwhile
from amigrate.plan.kept_arguments import know_kept_arguments
from amigrate.plan.reaching import builds, may_have_twin, reach
from amigrate.plan.relieving import relieve
from amigrate.plan.test_cases import without_client
from amigrate.plan.together import apart, family_of, mates_of, overrides_of
from amigrate.plan.twins import needed, not_worth_it
from amigrate.plan.use_pins import pin_by_use
from amigrate.plan.view_families import view_families


def colour(context: Context, pinned: Mapping[str, Obstacle] | None = None) -> Colouring:
    """Colours the program from its entry points; what is `pinned` stays sync for that reason.

    Looking for all uses of a function is what costs, so it is done only for those that could become async otherwise;
    what is found may drop them, or change the types of their arguments, and then the fixed point is sought again.
    """
    entries = {r.view for r in context.routes} | set(context.entries) | context.tests
    result = Colouring(reasons=dict(pinned or {}))
    if not context.tests:  # with tests the rest of the program is as it will be
        result.awake, result.threaded = frozenset(already_async(context)), frozenset(in_thread(context))
    _know_families(context, result)
    entries |= result.families.keys()
    candidates = {
        name
        for name in reach(context, entries, result)
        if name not in result.awake
        if context.analyst.blocks(name)
        or name in context.entries
        or name in result.families
        or builds(context, name, entries)
    }
    checked: set[str] = set()
    made = Drafts(context)
    while True:
        _fixed_point(made, candidates, entries, result)
        unchecked = result.converted - checked
        if not unchecked:
            return result
        checked |= unchecked
        pin_by_use(context, unchecked, entries, result)
        know_kept_arguments(context, frozenset(unchecked))
        context.analyst.refresh()
        relieve(context, result, made.names)
        candidates = set(result.converted)


def _know_families(context: Context, result: Colouring) -> None:
    """The class-based views: those with a handler that blocks may become async."""
    for family in (*view_families(context), *consumer_families(context)) if not context.tests else ():
        if family.obstacle is not None:
            result.refused.append(family)
            if family.consumer:
                stays = Obstacle(NOWHERE, "its consumer stays sync, and calls it in a thread")
                result.reasons.update(dict.fromkeys(family.members, stays))
        elif family.consumer or any(
            context.analyst.blocks(m) or context.analyst.analyse(m).origins for m in family.members
        ):
            result.families.update(dict.fromkeys(family.members, family))


def _fixed_point(made: Drafts, candidates: set[str], entries: set[str], result: Colouring) -> None:
    """Drops from the candidates until every draft stands."""
    context = made.context
    result.mates = mates_of(context)
    families = {n: family_of(context, n, result) for n in candidates}
    result.reached |= candidates
    for name, family in families.items():
        if missing := sorted(m for m in family if m in result.reasons):
            _note(result, missing[0], result.reasons[missing[0]])
            result.reasons.setdefault(name, Obstacle(NOWHERE, apart(name, missing[0])))
    current = {n for n in candidates if n not in result.reasons}
    current |= {m for n in current for m in families[n] if m not in result.reasons}
    while True:
        converted, twins = frozenset(current), _twins(context, converted=current, entries=entries, result=result)
        drafts = {n: made.of(n, converted, twins) for n in sorted(converted)}
        copies = {n: made.of(n, converted, twins) for n in sorted(twins)}
        present = {n: made.of(n, converted, twins) for n in sorted(filter(context.starts, result.awake))}
        dropped = _dropped(context, drafts, converted, entries, result)
        dropped |= {n: o for n, o in unreached(present, converted, result.callers).items() if n not in dropped}
        single = _single(context, copies, converted, result)
        if not dropped and not single:
            single = not_worth_it(copies)
        if not dropped and not single:
            dropped = not_worthwhile(context, drafts, entries, result)
        if not dropped and not single:
            wanted = needed(drafts, copies, {n: overrides_of(context, n, result) for n in copies})
            result.present = present
            result.drafts, result.twins = drafts, {n: d for n, d in copies.items() if n in wanted}
            return
        result.single |= single
        for name, obstacle in dropped.items():
            _note(result, name, obstacle)
            result.reasons[name] = obstacle
            current.discard(name)


def _note(result: Colouring, name: str, obstacle: Obstacle) -> None:
    """Remembers the first thing that keeps a family of views sync."""
    if name in result.families:
        result.causes.setdefault(result.families[name].classes, (name, obstacle))


def _twins(context: Context, converted: set[str], entries: set[str], result: Colouring) -> frozenset[str]:
    """The functions that stay sync and can have an async twin, with their overrides."""
    found: set[str] = set()
    for name in result.reached - converted:
        if name in result.reasons and may_have_twin(context, name, entries, result):
            found |= overrides_of(context, name, result)
    return frozenset(found)


def _single(
    context: Context, copies: Mapping[str, Draft], converted: frozenset[str], result: Colouring
) -> dict[str, str]:
    """The functions whose copy could not be async, or would not be overridden like the original, with the reason."""
    found: dict[str, str] = {}
    for name, draft in copies.items():
        if draft.obstacles:
            found[name] = draft.obstacles[0].reason
        elif draft.moved:
            found[name] = next(iter(draft.moved.values()))
    for name in copies.keys() - found.keys():
        every = overrides_of(context, name, result)
        if missing := sorted(m for m in every if m in found or m not in (copies.keys() | converted)):
            found[name] = f"its override {missing[0]} has none"
    return found


def _dropped(
    context: Context, drafts: dict[str, Draft], converted: frozenset[str], entries: set[str], result: Colouring
) -> dict[str, Obstacle]:
    dropped: dict[str, Obstacle] = {}
    for name in drafts:
        if missing := sorted(m for m in family_of(context, name, result) if m not in converted):
            dropped[name] = Obstacle(NOWHERE, apart(name, missing[0]))
    if dropped:
        return dropped  # only without them is it seen what their callers need
    for name, draft in drafts.items():
        if draft.obstacles:
            dropped[name] = draft.obstacles[0]
        elif draft.moved and context.tests:  # a test is not taken apart
            dropped[name] = Obstacle(*next(iter(draft.moved.items())))
        elif obstacle := core_obstacle(context, judge_all(context, name).cores):
            dropped[name] = obstacle
        elif reason := _uncoloured_caller(context, name, converted, drafts, result):
            dropped[name] = Obstacle(NOWHERE, reason)
        for called in sorted(draft.sync_calls.keys() & converted):
            place = f"{draft.analysis.path}:{getattr(draft.sync_calls[called], 'lineno', 0)}"
            dropped.setdefault(called, Obstacle(NOWHERE, f"it is called in a block that stays sync ({place})"))
    if context.tests:
        for name, reason in without_client(context, converted - dropped.keys()).items():
            dropped[name] = Obstacle(NOWHERE, reason)
    return dropped


def _uncoloured_caller(
    context: Context, name: str, converted: frozenset[str], drafts: dict[str, Draft], result: Colouring
) -> str:
    for scope, node in sorted(result.callers.get(name, ()), key=lambda c: (c[0], getattr(c[1], "lineno", 0))):
        if scope in converted or scope in result.awake:
            continue
        where = f"{context.analyst.analyse(scope).path}:{getattr(node, 'lineno', 0)}"
        caller = scope.rpartition(".")[2] or "module level"
        known = result.reasons.get(scope)
        because = f": {known.reason}" if known else ""
        return f"it is also called by {caller} ({where}), which stays sync{because}"
    return ""

"""What would gain nothing as an async function."""

from __future__ import annotations

from amigrate.facts.effects import What
from amigrate.plan.already_async import stays_in_thread
from amigrate.plan.coloured import NOWHERE, Colouring
from amigrate.plan.context import Context, Draft, Obstacle
from amigrate.plan.reaching import builds
from amigrate.plan.together import family_of
from amigrate.plan.view_families import ViewFamily

_NO_GAIN = "all that it waits for has only a sync form: async would add thread hops and gain nothing"
_MOSTLY_SYNC = (
    "most of what it waits for has only a sync form: each would be a thread hop, where the sync function is one in all"
)
# thread hops for each native wait, and one more, that a view bears: threads are what it runs in today
_BRIDGES_OF_A_VIEW = 3


def not_worthwhile(
    context: Context, drafts: dict[str, Draft], entries: set[str], result: Colouring
) -> dict[str, Obstacle]:
    """What would gain nothing as an async function."""
    dropped: dict[str, Obstacle] = {}
    for name, draft in drafts.items():
        if name in result.families and result.families[name].consumer:
            continue  # its base is async, whatever it waits for
        if name in result.families:
            if why := _not_worth(context, drafts, result.families[name], entries):
                dropped[name] = Obstacle(NOWHERE, why)
            continue
        if name in result.threaded:
            if why := stays_in_thread(draft):
                dropped[name] = Obstacle(NOWHERE, why)
            continue
        calls = result.callers.get(name, set())
        if calls and calls <= result.bridged_calls and name not in entries and (why := stays_in_thread(draft)):
            dropped[name] = Obstacle(NOWHERE, why)
            continue
        if name not in context.entries and (why := _mostly_sync(draft, routed=name in entries and not context.tests)):
            dropped[name] = Obstacle(NOWHERE, why)
            continue
        if (
            name in context.entries
            or draft.natives
            or (draft.bridges == draft.rendering and builds(context, name, entries))
            or len(family_of(context, name, result)) > 1
        ):
            continue
        if draft.moved:
            block, why = next(iter(draft.moved.items()))
            alone = draft.bridges == len(draft.moved)
            rest = "it waits for nothing else" if alone else "the rest of what it waits for has only a sync form"
            dropped[name] = Obstacle(block, f"{why}, and {rest}: async would gain nothing")
            continue
        if name in entries:
            why = _NO_GAIN
        else:
            why = "all that it waits for has only a sync form: one bridge around its call is cheaper"
        dropped[name] = Obstacle(NOWHERE, why)
    return dropped


def _not_worth(context: Context, drafts: dict[str, Draft], family: ViewFamily, entries: set[str]) -> str:
    """A reason to leave the handlers of classes sync: they wait for nothing natively, or one has too many bridges."""
    own = [drafts[m] for m in sorted(family.members) if m in drafts]
    limit = _BRIDGES_OF_A_VIEW * sum(d.natives + 1 for d in own if d.natives)
    if any(_mostly_sync(d, routed=True) for d in own) or sum(d.bridges - d.rendering for d in own) > limit > 0:
        return _MOSTLY_SYNC
    each_other = sum(
        e.what is What.CALL and not family.members.isdisjoint(e.targets) for d in own for e in d.analysis.effects
    )
    built = any(d.bridges == d.rendering and builds(context, d.analysis.qualified, entries) for d in own)
    return "" if built or sum(d.natives for d in own) > each_other else _NO_GAIN


def _mostly_sync(draft: Draft, *, routed: bool) -> str:
    """A reason to leave a function sync when bridges would outweigh what is awaited natively (rendering apart).

    A view bears more of them: it is converted where that is safe, and `--only worthwhile` asks for gains only.
    """
    bridges = draft.bridges - draft.rendering
    if bridges <= (_BRIDGES_OF_A_VIEW if routed else 1) * (draft.natives + 1):
        return ""
    return _MOSTLY_SYNC

"""Whether async pays for an entry point: its thread hops before and after, and what it waits for besides the database.

Today's async ORM is a thread hop a query. A sync view under ASGI is one hop in all. So a view that only talks to the
database mostly gets slower; one that waits for something else frees its thread meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from amigrate.plan.coloured import Colouring
from amigrate.plan.colouring import colour
from amigrate.plan.context import Context, Obstacle, function_place
from amigrate.plan.hop_count import SYNC_VIEW, HopCounter
from amigrate.plan.hops import Hops
from amigrate.plan.waits import Wait, Waits


@dataclass(frozen=True, slots=True)
class Worth:
    """The verdict on one entry point; `reason` is a sentence with the numbers."""

    worthwhile: bool
    reason: str


def judge(after: Hops, waits: tuple[Wait, ...]) -> Worth:
    """The verdict on a view that could become async."""
    before = SYNC_VIEW.high
    if waits:
        names = ", ".join(dict.fromkeys(wait.call for wait in waits))
        return Worth(True, f"it waits for {names}, during which an async view holds no thread")
    if after.high <= before and not after.loops:
        return Worth(True, f"{_hops(after)} in place of {before}")
    return Worth(False, f"{_hops(after)} in place of {before}, and it waits for nothing but the database")


def _hops(hops: Hops) -> str:
    one = hops.low == hops.high == 1 and not hops.loops
    return f"{hops} thread hop{'' if one else 's'}"


def colour_worthwhile(context: Context) -> Colouring:
    """The colouring in which every entry point that becomes async is worth it; the others are refused with numbers.

    Leaving one out may leave its helpers to sync callers, which costs others hops: so until nothing changes.
    """
    waits = Waits(context)
    routed = {r.view for r in context.routes}
    pinned: dict[str, Obstacle] = {}
    while True:
        coloured = colour(context, pinned)
        counter = HopCounter(context, {**coloured.drafts, **coloured.twins})
        unworthy = {}
        for name in sorted(coloured.drafts.keys() & (routed | context.entries | coloured.families.keys())):
            family = coloured.families.get(name)
            if family is not None and (family.consumer or any(waits.of(member) for member in family.members)):
                continue  # one colour for all handlers: where one of them waits, async pays
            worth = judge(counter.view(name), waits.of(name))
            if not worth.worthwhile:
                unworthy[name] = Obstacle(function_place(context, name), f"it is not worthwhile: {worth.reason}")
        if not unworthy:
            return coloured
        pinned |= unworthy

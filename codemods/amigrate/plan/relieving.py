"""When syntax trees are put away while a large program is planned, and of which functions they stay."""

from __future__ import annotations

from collections.abc import Iterable

from amigrate.facts.away import put_away
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context

MANY = 400  # analyses: the trees of fewer take less than what else is in memory


def relieve(context: Context, result: Colouring, drafted: Iterable[str] = ()) -> None:
    """Puts away the trees of functions that only others ask for, if there are many.

    What may be drafted, or is by now, stays, and so does what calls it: drafts and calls name their nodes.
    """
    analyst = context.analyst
    if analyst.standing < MANY:
        return
    calls = {scope for callers in result.callers.values() for scope, _ in callers}
    calls |= {scope for scope, _ in result.bridged_calls}
    cores = {core.wrapper for core in context.cores}
    started = result.awake | result.threaded | result.families.keys() | context.entries | context.tests
    put_away(analyst, {*drafted, *result.drafts, *result.twins, *result.present, *calls, *cores, *started})

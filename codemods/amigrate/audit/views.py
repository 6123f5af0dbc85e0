"""Each view of the URLconf: its thread hops before and after, what it waits for, and what keeps it sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amigrate.audit.data import Blocker, Outcome, Place, ViewAudit
from amigrate.audit.defects.slots import VIEW_BASES
from amigrate.audit.routed import class_views, handlers
from amigrate.model import Refusal
from amigrate.plan.class_refusals import class_refusals
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context, Obstacle
from amigrate.plan.drafting import draft_function
from amigrate.plan.hop_count import SYNC_VIEW, HopCounter
from amigrate.plan.hops import Hops
from amigrate.plan.pins import pin
from amigrate.plan.suggestions import suggest
from amigrate.plan.waits import Waits
from amigrate.plan.worthwhile import judge

_MOST_BLOCKERS = 8


def views(context: Context, coloured: Colouring) -> tuple[ViewAudit, ...]:
    """All views that URL patterns name, by their qualified names."""
    counter, waits = HopCounter(context, {**coloured.drafts, **coloured.twins}), Waits(context)
    found: dict[str, ViewAudit] = {}
    for route in context.routes:
        if route.view in context.analyst.program.functions and route.view not in found:
            found[route.view] = _function(context, coloured, counter, waits, route.view)
    refused = {r.symbol: r for r in class_refusals(context, coloured)}
    for qualified in class_views(context.analyst.program):
        if not any(name.startswith(f"{qualified}.") for name in found):
            for view in _class(context, coloured, counter, waits, refused, qualified):
                found.setdefault(view.name, view)
    return tuple(found[name] for name in sorted(found))


def _function(context: Context, coloured: Colouring, counter: HopCounter, waits: Waits, name: str) -> ViewAudit:
    module, function = context.analyst.program.functions[name]
    place, waited = Place(module.path, function.line), waits.of(name)
    if function.is_async:
        now = counter.view(name)
        return ViewAudit(name, place, Outcome.ASYNC, now, now, waits=waited)
    if name in coloured.drafts:
        after = counter.view(name)
        worth = judge(after, waited)
        outcome = Outcome.CONVERT if worth.worthwhile else Outcome.POSSIBLE
        return ViewAudit(name, place, outcome, SYNC_VIEW, after, after, worth.reason, waits=waited)
    blockers, hypothetical = _blockers(context, coloured, counter, name)
    if not blockers:
        verdict = "nothing in it waits: as a sync view it is one hop, and async would not be faster"
        return ViewAudit(name, place, Outcome.SYNC, SYNC_VIEW, None, verdict=verdict, waits=waited)
    return ViewAudit(name, place, Outcome.SYNC, SYNC_VIEW, None, hypothetical, blockers=blockers, waits=waited)


def _blockers(
    context: Context, coloured: Colouring, counter: HopCounter, name: str
) -> tuple[tuple[Blocker, ...], Hops | None]:
    """All that keeps a view sync, not only what was met first, and its hops if only that it would not pay does."""
    reason = coloured.reasons.get(name)
    path = context.analyst.program.functions[name][0].path
    if reason is None or not context.analyst.blocks(name):
        return (), None
    if pin(context, name, routed=True):
        return (_blocker(path, reason),), None
    draft = draft_function(context, name, coloured.converted | {name}, frozenset(coloured.twins))
    found = dict.fromkeys(_blocker(path, one) for one in draft.obstacles)
    hops = None if draft.obstacles else counter.draft(draft)
    own = _blocker(path, reason)
    if not any(one.reason == own.reason for one in found):
        found = {own: None, **found}
    return _telling(list(found)), hops


def _telling(found: list[Blocker]) -> tuple[Blocker, ...]:
    """Without what only says that a type is not known, where something else keeps the view sync anyway."""
    firm = [one for one in found if "not known" not in one.reason and "unknown type" not in one.reason]
    return tuple(firm or found)[:_MOST_BLOCKERS]


def _blocker(path: str, obstacle: Obstacle) -> Blocker:
    place = Place(path, obstacle.line) if obstacle.line else Place()
    return Blocker(obstacle.reason, obstacle.suggestion or suggest(obstacle.reason), place)


def _class(
    context: Context,
    coloured: Colouring,
    counter: HopCounter,
    waits: Waits,
    refused: Mapping[str, Refusal],
    qualified: str,
) -> Iterator[ViewAudit]:
    """A class-based view: its async handlers one by one, or the class as a whole."""
    program = context.analyst.program
    module, found = program.classes[qualified]
    named = handlers(program, qualified)
    asynchronous = [name for name in named if program.functions[name][1].is_async]
    for name in asynchronous:
        function = program.functions[name][1]
        now = counter.view(name)
        place = Place(program.functions[name][0].path, function.line)
        yield ViewAudit(name, place, Outcome.ASYNC, now, now, waits=waits.of(name))
    converted = [name for name in named if name in coloured.drafts]
    for name in converted:
        yield _function(context, coloured, counter, waits, name)
    if asynchronous or converted:
        return
    owners = [owner for owner in program.linearise(qualified) if owner in program.classes]
    methods = [f"{owner}.{method}" for owner in owners for method in program.classes[owner][1].methods]
    cause = next((r for s, r in sorted(refused.items()) if s == qualified or s.startswith(f"{qualified}.")), None)
    reason, suggestion = (cause.reason, cause.suggestion) if cause else _why_sync(context, qualified)
    if not reason:
        verdict = "nothing that is known to wait in it has an async form: it is one hop as it is"
        yield ViewAudit(qualified, Place(module.path, found.line), Outcome.SYNC, SYNC_VIEW, None, verdict=verdict)
        return
    yield ViewAudit(
        qualified,
        Place(module.path, found.line),
        Outcome.SYNC,
        SYNC_VIEW,
        None,
        blockers=(Blocker(reason, suggestion),),
        waits=waits.near(methods),
    )


def _why_sync(context: Context, qualified: str) -> tuple[str, str]:
    program = context.analyst.program
    bases = [base for base in program.externals(qualified) if base not in VIEW_BASES]
    for base in bases:
        short = base.rpartition(".")[2]
        if base.startswith("rest_framework."):
            return "Django REST framework calls its views synchronously", "adrf has async ones"
        if base == "django.contrib.auth.mixins.AccessMixin":
            return "its dispatch checks permissions synchronously", "write an `async def dispatch` with request.auser()"
        if base.startswith("django.contrib.auth.mixins."):
            return f"{short} checks request.user synchronously", "use AccessMixin with an `async def dispatch`"
        if base.startswith(("django.views.generic.", "django.contrib.auth.views.")):
            return f"{short} is a generic view: Django calls its hooks synchronously", "leave it sync"
    if bases:
        return f"it inherits from {bases[0]}, which may call its methods synchronously", ""
    return "", ""

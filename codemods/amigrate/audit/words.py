"""The words that all reports of an audit share."""

from __future__ import annotations

from amigrate.audit.data import Audit, Effect, Level, Outcome, ViewAudit
from amigrate.plan.hops import Hops

LEVELS = {Level.BLOCKER: "blocks", Level.WARNING: "costs", Level.INFO: "note", Level.OK: "ok"}
EFFECTS = {Effect.SILENT: "fails in silence", Effect.ERROR: "raises", Effect.BLOCKS: "holds up the loop"}
OUTCOMES = {
    Outcome.ASYNC: "async already",
    Outcome.CONVERT: "convert: worthwhile",
    Outcome.POSSIBLE: "can become async, not worthwhile",
    Outcome.SYNC: "stays sync",
}
LEGEND = (
    "Hops: how often one request goes to a thread. A sync view under ASGI is one; in an async view each database call "
    "and each bridge is one. Middleware is not in these numbers."
)


def hops(value: Hops | None) -> str:
    """The hops in few characters: `5`, `6-9`, `3 + 1 per turn (line 12)`."""
    return "-" if value is None else str(value)


def after(view: ViewAudit) -> str:
    """The hops after the migration; in parentheses what they would be where the view stays sync."""
    if view.after is not None:
        return hops(view.after)
    return f"({hops(view.if_converted)})" if view.if_converted is not None else "-"


def why(view: ViewAudit) -> list[str]:
    """What is to be said of a view: its verdict or its blockers, and what it waits for."""
    lines = [view.verdict] if view.verdict else []
    for one in view.blockers:
        where = f" ({one.place})" if one.place.path else ""
        lines.append(f"{one.reason}{where}" + (f" → {one.suggestion}" if one.suggestion else ""))
    by_call: dict[str, list[str]] = {}
    for wait in view.waits:
        by_call.setdefault(wait.call, []).append(f"{wait.path}:{wait.line}")
    lines += [f"waits for {call}: {', '.join(places)}" for call, places in by_call.items()]
    return lines


def headline(audit: Audit) -> str:
    """The audit in a sentence."""
    parts = [f"{len(audit.views)} view{'s' * (len(audit.views) != 1)}"]
    names = {
        Outcome.ASYNC: "async already",
        Outcome.CONVERT: "worth converting",
        Outcome.POSSIBLE: "possible but not worthwhile",
        Outcome.SYNC: "to stay sync",
    }
    counts = [f"{len(found)} {names[outcome]}" for outcome in Outcome if (found := audit.with_outcome(outcome))]
    if counts:
        parts[0] += f" ({', '.join(counts)})"
    parts.append(f"{len(audit.defects)} defect{'s' * (len(audit.defects) != 1)} in async code")
    return ", ".join(parts)

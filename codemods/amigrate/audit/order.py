"""What to do first, and what to leave as it is, from the rest of the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from amigrate.audit.data import Defect, Finding, Level, Outcome, Step, ViewAudit

_MOST = 6  # reasons for leaving views sync that get a line of their own


def order(readiness: Sequence[Finding], views: Sequence[ViewAudit], defects: Sequence[Defect]) -> Iterator[Step]:
    """The steps, the first ones first."""
    silent = [d for d in defects if d.effect == "silent"]
    if silent:
        yield Step(
            f"Repair {_count(len(silent), 'defect')} that fail{'s' * (len(silent) == 1)} in silence",
            "they are wrong today, whatever comes after",
        )
    if loud := len(defects) - len(silent):
        yield Step(f"Repair {_count(loud, 'other defect')} in async code", "they raise, or hold up every request")
    gains = [v for v in views if v.outcome is Outcome.CONVERT]
    in_use = gains or any(v.outcome is Outcome.ASYNC for v in views)
    if views and not in_use:
        yield Step(
            "Keep the views sync for now",
            "none that can become async waits for more than the database, or would take fewer thread hops",
        )
    for finding in readiness:
        if finding.level is Level.BLOCKER and in_use:
            yield Step(finding.remedy or finding.text, finding.text)
    waiting = [v for v in gains if v.waits]
    if waiting:
        yield Step(
            f"Convert {_count(len(waiting), 'view')} that wait{'s' * (len(waiting) == 1)} for more than the database",
            "here async gains most: no thread is held while they wait, once the call itself is async",
            tuple(v.name for v in sorted(waiting, key=lambda v: (-len(v.waits), v.name))),
        )
        yield from _clients(waiting)
    if few := [v for v in gains if not v.waits]:
        yield Step(
            f"Convert {_count(len(few), 'view')} with no more thread hops than now",
            "they cost nothing more, and save the thread of the view",
            tuple(v.name for v in few),
        )


def _clients(views: Sequence[ViewAudit]) -> Iterator[Step]:
    pairs = Counter((w.call.partition(".")[0], w.instead) for v in views for w in v.waits if w.instead)
    for (package, instead), _ in pairs.most_common():
        names = tuple(
            v.name for v in views if any(w.call.startswith(package) and w.instead == instead for w in v.waits)
        )
        yield Step(f"Replace {package} by {instead} in them", "bridged, the call still holds a thread", names)


def leave(views: Sequence[ViewAudit]) -> Iterator[Step]:
    """What to leave sync, and why."""
    possible = [v for v in views if v.outcome is Outcome.POSSIBLE]
    if possible:
        low = sum(v.after.low for v in possible if v.after)
        high = sum(v.after.high for v in possible if v.after)
        numbers = f"{low}" if low == high else f"{low} to {high}"
        yield Step(
            f"Leave {_count(len(possible), 'view')} sync that only talk{'s' * (len(possible) == 1)} to the database",
            f"together {_count(len(possible), 'thread hop')} now, {numbers} as async views",
            tuple(v.name for v in possible),
        )
    reasons = Counter(b.reason for v in views if v.outcome is Outcome.SYNC for b in v.blockers[:1])
    for reason, number in reasons.most_common(_MOST):
        names = tuple(
            v.name for v in views if v.outcome is Outcome.SYNC and v.blockers and v.blockers[0].reason == reason
        )
        yield Step(f"{_count(number, 'view')} stay{'s' * (number == 1)} sync", reason, names)
    idle = tuple(v.name for v in views if v.outcome is Outcome.SYNC and not v.blockers)
    if idle:
        yield Step(
            f"{_count(len(idle), 'view')} wait{'s' * (len(idle) == 1)} for nothing",
            "one hop each; async would not be faster",
            idle,
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"

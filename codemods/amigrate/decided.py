"""A change set with what was decided on it: the accepted groups, and why the others are left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from amigrate.model import ChangeSet, Confidence, Refusal
from amigrate.review.carrying import Carried
from amigrate.review.decisions import Decision
from amigrate.review.selecting import Counts, counts
from amigrate.review.session import Session, Status, accepted_groups, begin, group_status
from amigrate.review.subject import subject_of

REJECTED = "it was rejected in a review"
UNDECIDED = "nobody has decided on it yet"
OnlyGroups = Callable[[ChangeSet, frozenset[str]], ChangeSet]

TAKE_BACK = "`amigrate review` takes it back"
DECIDE = "decide in `amigrate review`, or take all that is as sure with --accept"


@dataclass(frozen=True, slots=True)
class Decided:
    """The part of a change set that is to be made, and how it came to that."""

    change_set: ChangeSet
    carried: Carried
    counts: Counts


def decided(
    change_set: ChangeSet, only_groups: OnlyGroups, decisions: Sequence[Decision], confidence: Confidence | None = None
) -> Decided:
    """The change set with its accepted groups only.

    Args:
        change_set: all that could be done.
        only_groups: `pipeline.only_groups`.
        decisions: those of a review.
        confidence: also the undecided groups that are at least as sure; None for none of them.
    """
    subject = subject_of(change_set)
    session, carried = begin(subject, decisions)
    groups = accepted_groups(session, confidence)
    done = change_set if groups >= subject.groups.keys() else only_groups(change_set, groups)
    left = sorted((*change_set.refusals, *_left(session, groups)), key=lambda one: (one.path, one.line, one.symbol))
    found = counts(session, subject.items.values())
    notes = (*change_set.notes, *(_notes(carried, found) if decisions else ()))
    failures = tuple(dict.fromkeys((*change_set.failures, *done.failures)))
    return Decided(replace(done, refusals=tuple(left), notes=notes, failures=failures), carried, found)


def _left(session: Session, applied: frozenset[str]) -> list[Refusal]:
    """A refusal for each group that is not made, at its first hunk."""
    found = []
    for name in session.subject.groups.keys() - applied:
        members = session.subject.members.get(name)
        if members:
            first = session.subject.items[members[0]]
            rejected = group_status(session, name) is Status.REJECTED
            texts = (REJECTED, TAKE_BACK) if rejected else (UNDECIDED, DECIDE)
            found.append(Refusal(first.path, first.line, first.symbol, session.subject.groups[name].lead, *texts))
    return found


def _notes(carried: Carried, found: Counts) -> list[str]:
    """What became of the decisions, in lines for people."""
    rejected = f"{found.rejected} rejected, {found.fallen} fall with these"
    lines = [f"of {found.total} hunks {found.accepted} are accepted, {rejected}, {found.pending} are undecided"]
    lines += [f"decision to take again, it would become something else now: {_named(one)}" for one in carried.differing]
    lines += [f"stale decision, there is no such edit any more: {_named(one)}" for one in carried.stale]
    lines += [f"decision followed to {now}: {_named(one)}" for one, now in carried.moved]
    return lines


def _named(one: Decision) -> str:
    return f"{one.verdict.value} {one.codemod} in {one.symbol}: {one.before}"

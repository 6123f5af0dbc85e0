"""A change set with what was decided on it: the accepted groups, and why the others are left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from amigrate.model import ChangeSet, Confidence, Refusal
from amigrate.plan.ignores import REJECTED
from amigrate.review.carrying import Carried
from amigrate.review.decisions import Decision, Verdict
from amigrate.review.selecting import counts
from amigrate.review.session import Session, Status, accepted_groups, decisions_of, group_status

UNDECIDED = "nobody has decided on it yet"
OnlyGroups = Callable[[ChangeSet, frozenset[str]], ChangeSet]

TAKE_BACK = "`amigrate review` takes that back"
DECIDE = "decide in `amigrate review`, or take all that is as sure with --accept"


def decided(
    session: Session, carried: Carried, only_groups: OnlyGroups, confidence: Confidence | None = None
) -> ChangeSet:
    """What is to be made of what a session is about: its accepted groups, with a refusal for each other one.

    Args:
        session: the decisions, on all that could be done.
        carried: how they came from an earlier session, for the notes.
        only_groups: `pipeline.only_groups`.
        confidence: also the undecided groups that are at least as sure; None for none of them.
    """
    subject, change_set = session.subject, session.subject.change_set
    groups = accepted_groups(session, confidence)
    done = change_set if groups >= subject.groups.keys() else only_groups(change_set, groups)
    left = sorted((*change_set.refusals, *_left(session, groups)), key=lambda one: (one.path, one.line, one.symbol))
    notes = (*change_set.notes, *(_notes(session, carried) if decisions_of(session) else ()))
    failures = tuple(dict.fromkeys((*change_set.failures, *done.failures)))
    return replace(done, refusals=tuple(left), notes=notes, failures=failures)


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


def _notes(session: Session, carried: Carried) -> list[str]:
    """What became of the decisions, in lines for people."""
    found = counts(session, session.subject.items.values())
    rejected = f"{found.rejected} rejected, {found.fallen} fall with these"
    lines = [f"of {found.total} hunks {found.accepted} are accepted, {rejected}, {found.pending} are undecided"]
    if session.held:
        away = sum(one.verdict is Verdict.REJECTED for one in session.held)
        lines.append(f"planned without what was rejected: {away} edits, with what depended on them")
    lines += [f"decision to take again, it would become something else now: {_named(one)}" for one in carried.differing]
    lines += [f"stale decision, there is no such edit any more: {_named(one)}" for one in carried.stale]
    lines += [f"decision followed to {now}: {_named(one)}" for one, now in carried.moved]
    return lines


def _named(one: Decision) -> str:
    return f"{one.verdict.value} {one.codemod} in {one.symbol}: {one.before}".removesuffix(": ")

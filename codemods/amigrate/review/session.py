"""Deciding: verdicts on hunks, what they mean for groups, and taking them back. Pure functions on frozen data.

A group is applied when every edit of it is accepted, and falls as a whole when one is rejected (guarantee G7).

    subject = subject_of(change_set)
    session, carried = begin(subject, decisions)     # where the last review stopped
    session = accept(session, [item.id])
    fall = fall_of(session, [item.id])               # what would go too, before it happens
    session = reject(session, [item.id])
    session = undo(session)
    applied = reapply(change_set, accepted_groups(session))
    data = dump(decisions_of(session))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from amigrate.model import Confidence, Edit
from amigrate.review.carrying import Carried, carry
from amigrate.review.decisions import Decision, Verdict, decision_on
from amigrate.review.subject import Item, Subject

Verdicts = Mapping[str, Verdict]


class Status(StrEnum):
    """What a hunk, or a group, is to become: `fallen` was not rejected itself but belongs to what was."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FALLEN = "fallen"


@dataclass(frozen=True, slots=True)
class Session:
    """A review under way.

    Attributes:
        subject: what is decided on.
        verdicts: those so far, by the id of the edit.
        rejected: the groups of which an edit is rejected.
        past: the verdicts before each step, for undo.
        kept: stale decisions, on edits that are gone; they stay in the file until they are dropped.
        held: decisions on edits that are not in the subject only because of what was rejected.
    """

    subject: Subject
    verdicts: Verdicts
    rejected: frozenset[str] = frozenset()
    past: tuple[Verdicts, ...] = ()
    kept: tuple[Decision, ...] = ()
    held: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Fall:
    """What falls with hunks that are rejected: the other hunks, groups and files that are not rejected yet."""

    items: tuple[str, ...]
    groups: tuple[str, ...]
    paths: tuple[str, ...]
    accepted: int  # hunks among them that are accepted now


def begin(subject: Subject, decisions: Sequence[Decision] = (), whole: Sequence[Edit] = ()) -> tuple[Session, Carried]:
    """A session that goes on from earlier decisions, and what became of these.

    `whole` are the edits there would be if nothing was rejected, when `subject` was planned without what was.
    """
    carried = carry(decisions, subject.change_set.edits)
    gone = frozenset(carry(carried.stale, whole).stale)
    stale = tuple(one for one in carried.stale if one in gone)
    held = tuple(one for one in carried.stale if one not in gone)
    session = Session(subject, {}, kept=stale, held=held)
    return _with(session, dict(carried.verdicts), past=()), replace(carried, stale=stale)


def accept(session: Session, items: Iterable[str]) -> Session:
    """Accepts hunks; a rejection of these very hunks is taken back."""
    return _decide(session, items, Verdict.ACCEPTED)


def reject(session: Session, items: Iterable[str]) -> Session:
    """Rejects hunks, and with them their groups."""
    return _decide(session, items, Verdict.REJECTED)


def clear(session: Session, items: Iterable[str]) -> Session:
    """Leaves hunks undecided again."""
    ids = _edit_ids(session.subject, items)
    return _with(session, {edit: verdict for edit, verdict in session.verdicts.items() if edit not in ids})


def undo(session: Session) -> Session:
    """The session before its last step; itself when there was none."""
    if not session.past:
        return session
    return _with(session, session.past[-1], past=session.past[:-1])


def without_stale(session: Session) -> Session:
    """The session without the decisions on edits that are gone."""
    return replace(session, kept=())


def take_back(session: Session) -> Session:
    """The session without the rejections that keep edits away; to be planned again."""
    return replace(session, held=tuple(one for one in session.held if one.verdict is not Verdict.REJECTED))


def status(session: Session, item: Item) -> Status:
    """What a hunk is to become."""
    if item.follows:
        return _of_follower(session, item)
    verdicts = {session.verdicts.get(edit.id) for edit in item.edits if not edit.follows}
    if Verdict.REJECTED in verdicts:
        return Status.REJECTED
    if not session.rejected.isdisjoint(item.groups):
        return Status.FALLEN
    return Status.PENDING if None in verdicts else Status.ACCEPTED


def group_status(session: Session, group: str) -> Status:
    """What a group is to become; never `fallen`."""
    if group in session.rejected:
        return Status.REJECTED
    edits = session.subject.edits.get(group, frozenset())
    return Status.ACCEPTED if edits and all(edit in session.verdicts for edit in edits) else Status.PENDING


def accepted_groups(session: Session, confidence: Confidence | None = None) -> frozenset[str]:
    """The groups to apply: the accepted ones and, with `confidence`, the undecided ones that are at least as sure."""
    found = {group: group_status(session, group) for group in session.subject.groups}
    return frozenset(
        group
        for group, is_now in found.items()
        if is_now is Status.ACCEPTED
        or (
            confidence is not None
            and is_now is Status.PENDING
            and session.subject.groups[group].confidence.rank <= confidence.rank
        )
    )


def fall_of(session: Session, items: Iterable[str]) -> Fall:
    """What else would fall if these hunks were rejected now."""
    subject, asked = session.subject, frozenset(items)
    groups = _groups_of(subject, asked) - session.rejected
    found = [one for one in subject.items.values() if one.id not in asked and not groups.isdisjoint(one.groups)]
    falling = [one for one in found if not one.follows or groups | session.rejected >= set(one.groups)]
    return Fall(
        tuple(one.id for one in falling),
        tuple(sorted(groups)),
        tuple(dict.fromkeys(one.path for one in falling)),
        sum(status(session, one) is Status.ACCEPTED for one in falling if not one.follows),
    )


def decisions_of(session: Session) -> tuple[Decision, ...]:
    """The decisions to keep, with those on edits that are gone."""
    edits = {edit.id: edit for edit in session.subject.change_set.edits}
    return (
        *(decision_on(edits[one], verdict) for one, verdict in session.verdicts.items()),
        *session.kept,
        *session.held,
    )


def _decide(session: Session, items: Iterable[str], verdict: Verdict) -> Session:
    chosen = list(items)
    ids = _edit_ids(session.subject, chosen)
    if verdict is Verdict.REJECTED:  # what only follows falls with the groups that it is there for
        followed = [one for one in chosen if session.subject.items[one].follows]
        members = session.subject.members
        ids |= _edit_ids(
            session.subject,
            (members[group][0] for group in _groups_of(session.subject, followed) if group in members),
        )
    return _with(session, {**session.verdicts, **dict.fromkeys(sorted(ids), verdict)})


def _with(session: Session, verdicts: Verdicts, past: tuple[Verdicts, ...] | None = None) -> Session:
    if past is None:
        if verdicts == session.verdicts:
            return session
        past = (*session.past, session.verdicts)
    rejected = {one for one, verdict in verdicts.items() if verdict is Verdict.REJECTED}
    groups = frozenset(edit.group for edit in session.subject.change_set.edits if edit.id in rejected)
    return replace(session, verdicts=verdicts, rejected=groups, past=past)


def _of_follower(session: Session, item: Item) -> Status:
    """What only follows is there when one of its groups is."""
    found = {group_status(session, group) for group in item.groups}
    return next((one for one in (Status.ACCEPTED, Status.PENDING) if one in found), Status.FALLEN)


def _groups_of(subject: Subject, items: Iterable[str]) -> frozenset[str]:
    return frozenset(group for one in items for group in subject.items[one].groups)


def _edit_ids(subject: Subject, items: Iterable[str]) -> set[str]:
    return {edit.id for one in items for edit in subject.items[one].edits if not edit.follows}

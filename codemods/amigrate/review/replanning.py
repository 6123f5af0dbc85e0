"""Planning again without what was rejected, so that the rest of a fallen group can be had in another way (G7).

A rejected function stays as it is: what calls it gets a bridge, or stays sync too. These are new edits, which nobody
has decided on; those that come out as before keep their decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amigrate.model import ChangeSet
from amigrate.review.carrying import Carried
from amigrate.review.decisions import Decision, Verdict
from amigrate.review.session import Session, begin, decisions_of
from amigrate.review.subject import subject_of

Plan = Callable[[tuple[str, ...]], ChangeSet]


def planned(plan: Plan, decisions: Sequence[Decision]) -> tuple[Session, Carried]:
    """A session on what can be done when the rejected functions stay as they are, and what became of the decisions.

    Args:
        plan: gives the change set with these symbols left as they are.
        decisions: those of earlier sessions.
    """
    whole = plan(())
    session, carried = begin(subject_of(whole), decisions)
    names = rejected_symbols(session)
    if not names:
        return session, carried
    return begin(subject_of(plan(names)), decisions, whole.edits)


def rejected_symbols(session: Session) -> tuple[str, ...]:
    """The functions and classes with a rejected edit."""
    rejected = (one.symbol for one in decisions_of(session) if one.verdict is Verdict.REJECTED)
    stale = {one.symbol for one in session.kept}
    return tuple(sorted({name for name in rejected if name and name not in stale}))

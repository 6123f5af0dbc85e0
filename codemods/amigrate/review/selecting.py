"""Which hunks: the rest of something, those that a filter lets through, and how many are decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from amigrate.model import Confidence
from amigrate.review.session import Session, Status, status
from amigrate.review.subject import Item

Same = Literal["codemod", "file", "confidence", "group"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What hunks must be to be shown; what is empty or None asks nothing.

    `text` is looked for, whatever its case, in the path, the symbol, the codemods, the reasons and the changed lines.
    """

    text: str = ""
    status: Status | None = None
    codemod: str = ""
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of some hunks are what. What only follows is not counted."""

    pending: int = 0
    accepted: int = 0
    rejected: int = 0
    fallen: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.accepted + self.rejected + self.fallen


def rest_of(session: Session, item: Item, same: Same) -> tuple[str, ...]:
    """The undecided hunks that share with `item` its first codemod, file, confidence or groups; itself among them."""
    return tuple(
        one.id
        for one in session.subject.items.values()
        if not one.follows and _alike(one, item, same) and status(session, one) is Status.PENDING
    )


def matching(session: Session, wanted: Filter) -> tuple[str, ...]:
    """The hunks that a filter lets through, in the order of the files."""
    return tuple(one.id for one in session.subject.items.values() if _matches(session, one, wanted))


def counts(session: Session, items: Iterable[Item]) -> Counts:
    """How many of these hunks are decided, and how."""
    found = dict.fromkeys(Status, 0)
    for item in items:
        if not item.follows:
            found[status(session, item)] += 1
    return Counts(**{key.value: number for key, number in found.items()})


def _alike(one: Item, item: Item, same: Same) -> bool:
    if same == "codemod":
        return item.edits[0].codemod in one.codemods
    if same == "file":
        return one.path == item.path
    if same == "confidence":
        return one.confidence is item.confidence
    return not set(one.groups).isdisjoint(item.groups)


def _matches(session: Session, item: Item, wanted: Filter) -> bool:
    if wanted.codemod and wanted.codemod not in item.codemods:
        return False
    if wanted.confidence is not None and item.confidence is not wanted.confidence:
        return False
    if wanted.status is not None and status(session, item) is not wanted.status:
        return False
    return not wanted.text or _holds(item, wanted.text.casefold())


def _holds(item: Item, text: str) -> bool:
    said = (item.path, item.symbol, *item.codemods, *(reason for _, reason, _ in item.reasons))
    lines = (line.decode("utf-8", "replace") for kind, line in item.hunk.lines if kind != " ")
    return any(text in one.casefold() for one in (*said, *lines))

"""Which decisions still hold: those of an earlier run, on the edits of this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amigrate.fingerprint import content_of, result_of
from amigrate.model import Edit
from amigrate.review.decisions import Decision, Verdict


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of decisions.

    Attributes:
        verdicts: (id of the edit, verdict) of those that hold.
        moved: those among them whose edit is in another module now, with its new symbol.
        differing: accepted ones whose edit is still there but would become something else: to be decided again.
        stale: those whose edit is gone.
    """

    verdicts: tuple[tuple[str, Verdict], ...] = ()
    moved: tuple[tuple[Decision, str], ...] = ()
    differing: tuple[Decision, ...] = ()
    stale: tuple[Decision, ...] = ()


def carry(decisions: Iterable[Decision], edits: Sequence[Edit]) -> Carried:
    """Matches decisions with edits: by fingerprint or, in another module, by what the edit does if just one does it."""
    decidable = [edit for edit in edits if not edit.follows]
    by_id = {edit.id: edit for edit in decidable}
    gone = [one for one in decisions if one.id not in by_id]
    matched = [(one, by_id[one.id]) for one in decisions if one.id in by_id]
    known = {one.id for one, _ in matched}
    moved = _moved(gone, [edit for edit in decidable if edit.id not in known])
    verdicts: list[tuple[str, Verdict]] = []
    differing: list[Decision] = []
    for one, edit in (*matched, *moved):
        if one.verdict is Verdict.ACCEPTED and one.result and one.result != result_of(edit.after, edit.path):
            differing.append(one)
        else:
            verdicts.append((edit.id, one.verdict))
    found = {one.id for one, _ in moved}
    return Carried(
        tuple(verdicts),
        tuple((one, edit.symbol or edit.path) for one, edit in moved if one not in differing),
        tuple(differing),
        tuple(one for one in gone if one.id not in found),
    )


def _moved(gone: Sequence[Decision], unknown: Sequence[Edit]) -> list[tuple[Decision, Edit]]:
    """The decisions whose edit stands in another module now. What could be two edits, or two decisions, is none."""
    asked = Counter(content_of(one.id) for one in gone)
    there = Counter(content_of(edit.id) for edit in unknown)
    edits = {content_of(edit.id): edit for edit in unknown if edit.symbol}
    pairs = [(one, edits.get(content_of(one.id))) for one in gone if asked[content_of(one.id)] == 1]
    return [(one, edit) for one, edit in pairs if edit is not None and there[content_of(edit.id)] == 1]

"""What the page shows, as plain JSON data: files, hunks, groups, and what became of each.

Lines of code are sent as they are: the page makes them harmless when it shows them. All other text is made so here.
"""

from __future__ import annotations

from collections.abc import Sequence

from amigrate import __version__
from amigrate.model import Refusal
from amigrate.review.decisions import Decision, Verdict
from amigrate.review.segments import Line, lines_of, shortened
from amigrate.review.session import Session, Status, status
from amigrate.review.subject import File, Item, Subject, needed_by, needs, refused_near
from amigrate_cli.render.escape import visible

Json = dict[str, object]

_LONGEST = 1000  # characters of a line; what did not change in a longer one is left out
_LETTERS = {Status.PENDING: "p", Status.ACCEPTED: "a", Status.REJECTED: "r", Status.FALLEN: "f"}


def content_of(session: Session, title: str) -> Json:
    """What does not change during a review."""
    subject = session.subject
    numbers = {name: at for at, name in enumerate(subject.groups)}
    places = {name: at for at, name in enumerate(subject.items)}
    return {
        "title": visible(title),
        "version": __version__,
        "django": visible(subject.change_set.django),
        "python": visible(subject.change_set.python),
        "files": [_file(subject, file, numbers, places) for file in subject.files],
        "groups": [
            {"name": visible(group.id), "lead": visible(group.lead), "confidence": group.confidence.value}
            for group in subject.groups.values()
        ],
        "refusals": [{"path": visible(one.path), **_refusal(one)} for one in subject.change_set.refusals],
    }


def state_of(session: Session) -> Json:
    """What does: a letter for each hunk in order, how many steps can be taken back, and decisions on other edits.

    These are on what is gone, and on what there is none of because it was planned around what is rejected.
    """
    return {
        "statuses": "".join(_LETTERS[status(session, item)] for item in session.subject.items.values()),
        "steps": len(session.past),
        "stale": [_decision(one) for one in session.kept],
        "held": [_decision(one) for one in session.held if one.verdict is Verdict.REJECTED],
    }


def _decision(one: Decision) -> Json:
    texts = {"codemod": one.codemod, "symbol": one.symbol, "before": one.before}
    return {"verdict": one.verdict.value, **{name: visible(text) for name, text in texts.items()}}


def _file(subject: Subject, file: File, groups: dict[str, int], places: dict[str, int]) -> Json:
    return {
        "path": visible(file.path),
        "items": [_item(subject, item, file.encoding, groups, places) for item in file.items],
    }


def _item(subject: Subject, item: Item, encoding: str, groups: dict[str, int], places: dict[str, int]) -> Json:
    return {
        "id": item.id,
        "line": item.line,
        "symbol": visible(item.symbol),
        "codemods": [visible(one) for one in item.codemods],
        "confidence": item.confidence.value,
        "reasons": [[visible(codemod), visible(reason), sure.value] for codemod, reason, sure in item.reasons],
        "groups": [groups[one] for one in item.groups if one in groups],
        "follows": item.follows,
        "needs": _linked(subject, needs(subject, item), places),
        "neededBy": _linked(subject, needed_by(subject, item), places),
        "near": [_refusal(one) for one in refused_near(subject, item)],
        "lines": [_line(line) for line in lines_of(item.hunk, encoding)],
    }


def _linked(subject: Subject, symbols: Sequence[str], places: dict[str, int]) -> list[list[object]]:
    """Each symbol with the number of its first hunk, or -1 when it has none."""
    firsts = ((symbol, next(iter(subject.symbols.get(symbol, ())), "")) for symbol in symbols)
    return [[visible(symbol), places.get(first, -1)] for symbol, first in firsts]


def _refusal(one: Refusal) -> Json:
    return {
        "line": one.line,
        "symbol": visible(one.symbol),
        "codemod": visible(one.codemod),
        "reason": visible(one.reason),
        "suggestion": visible(one.suggestion),
    }


def _line(line: Line) -> list[object]:
    """Kind, numbers, and texts that are in turn the same and changed; a 1 more when no line feed ends it."""
    texts: list[str] = []
    for segment in shortened(line, _LONGEST).segments:
        if segment.changed != bool(len(texts) % 2):
            texts.append("")
        texts.append(segment.text)
    return [line.kind, line.old, line.new, texts, *([] if line.ended else [1])]

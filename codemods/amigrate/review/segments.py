"""The lines of a hunk as text, with numbers, and the words marked that changed: what every display shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest

from amigrate.review.encoding import decoded
from amigrate.review.hunks import Hunk, Kind
from amigrate.review.pairing import pairs_of
from amigrate.review.words import Spans, changed_words


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line. Its text is as in the file: whoever shows it makes it harmless."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end. The numbers count from 1 and are 0 on the side where the line is not.

    `ended` is false for a last line without a line feed.
    """

    kind: Kind
    old: int
    new: int
    segments: tuple[Segment, ...]
    ended: bool = True

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(segment.text for segment in self.segments)


Row = tuple[Line | None, Line | None]


def lines_of(hunk: Hunk, encoding: str) -> tuple[Line, ...]:
    """The lines of a hunk in their order, as text in the `encoding` of the file."""
    found: list[Line] = []
    old, new = hunk.old_start + (not hunk.old_count), hunk.new_start + (not hunk.new_count)
    for block in _blocks(hunk.lines):
        texts = [(kind, *_text(line, encoding)) for kind, line in block]
        for (kind, text, ended), spans in zip(texts, _marks([(kind, text) for kind, text, _ in texts]), strict=True):
            numbers = (0 if kind == "+" else old, 0 if kind == "-" else new)
            found.append(Line(kind, *numbers, _cut(text, spans), ended))
            old += kind != "+"
            new += kind != "-"
    return tuple(found)


def rows_of(lines: Sequence[Line]) -> tuple[Row, ...]:
    """The lines side by side: what was removed on the left, what was added on the right, the rest on both."""
    rows: list[Row] = []
    for changed, run in groupby(lines, key=lambda line: line.kind != " "):
        if not changed:
            rows += ((line, line) for line in run)
            continue
        for block in _runs(list(run)):
            removed = [line for line in block if line.kind == "-"]
            added = [line for line in block if line.kind == "+"]
            rows += _beside(removed, added)
    return tuple(rows)


def _beside(removed: Sequence[Line], added: Sequence[Line]) -> Iterator[Row]:
    """Each line beside what became of it; the others in the order of the file, first the removed ones."""
    pairs = pairs_of([line.text for line in removed], [line.text for line in added])
    old = new = 0
    for left, right in (*pairs, (len(removed), len(added))):
        lone = zip_longest(removed[old:left], added[new:right])
        yield from lone
        if left < len(removed):
            yield removed[left], added[right]
        old, new = left + 1, right + 1


def shortened(line: Line, longest: int) -> Line:
    """The line with about `longest` characters at most: of the parts of a longer one the ends, and what is left out."""
    if len(line.text) <= longest:
        return line
    most = max(40, longest // (2 * len(line.segments)))
    parts = (replace(part, text=_ends(part.text, most)) for part in line.segments)
    return replace(line, segments=tuple(parts))


def _ends(text: str, most: int) -> str:
    if len(text) <= 2 * most:
        return text
    return f"{text[:most]} …{len(text) - 2 * most:,} characters… {text[-most:]}"


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Removed lines with the added ones that follow them."""
    block: list[Line] = []
    for line in lines:
        if block and line.kind == "-" and block[-1].kind == "+":
            yield block
            block = []
        block.append(line)
    yield block


def _blocks(lines: Sequence[tuple[Kind, bytes]]) -> Iterator[list[tuple[Kind, bytes]]]:
    """Runs of equal lines, and of removed lines with the added ones that follow them."""
    block: list[tuple[Kind, bytes]] = []
    for kind, line in lines:
        if block and (block[-1][0], kind) not in _TOGETHER:
            yield block
            block = []
        block.append((kind, line))
    if block:
        yield block


_TOGETHER = {(" ", " "), ("-", "-"), ("-", "+"), ("+", "+")}


def _marks(block: Sequence[tuple[Kind, str]]) -> list[Spans]:
    """What changed in each line of a block; nothing in lines of which nobody knows what they became."""
    removed = [text for kind, text in block if kind == "-"]
    added = [text for kind, text in block if kind == "+"]
    marks: list[Spans] = [[] for _ in block]
    for old, new in pairs_of(removed, added):
        marks[old], marks[len(removed) + new] = changed_words(removed[old], added[new])
    return marks


def _text(line: bytes, encoding: str) -> tuple[str, bool]:
    text = decoded(line, encoding)
    return text.removesuffix("\n").removesuffix("\r"), text.endswith("\n")


def _cut(text: str, spans: Spans) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    at = 0
    for start, end in spans:
        if at < start:
            segments.append(Segment(text[at:start]))
        segments.append(Segment(text[start:end], changed=True))
        at = end
    if at < len(text) or not segments:
        segments.append(Segment(text[at:]))
    return tuple(segments)

"""Where a rewritten copy of a function goes, and how the lines of a function are taken out."""

from __future__ import annotations

from collections.abc import Sequence

from amigrate.rewrite.source import Source
from amigrate.rewrite.splice import Piece, Slice


def inserted_below(text: Source, part: Slice, copy: str) -> Piece:
    """`copy`, the rewritten text of a slice that is a function, below it: with the comments that stand on the function
    and as many blank lines between as there are above it."""
    newline = text.newline(part.first)
    head = text.lines[part.first - 1][part.skip :]
    indent = head[: len(head) - len(head.lstrip(" \t"))]
    comments = _comments_above(text, part.first - 1, indent)
    gap = newline * _gap(text, part.first - 1 - len(comments), indent)
    last = _end(text, part.last, indent)
    body = copy if copy.endswith(("\n", "\r")) else copy + newline
    shown = "".join([gap, *comments, body])
    if not text.lines[last - 1].endswith(("\n", "\r")):
        shown = newline + shown.removesuffix(newline)  # the file keeps its missing final newline
    return Piece(last, last, shown)


def removed(text: Source, part: Slice) -> Piece:
    """Takes out a slice that is a function, with the comments that stand on it."""
    head = text.lines[part.first - 1]
    indent = head[: len(head) - len(head.lstrip(" \t"))]
    first = part.first - 1 - len(_comments_above(text, part.first - 1, indent))
    return removal(text, first, _end(text, part.last, indent))


def removal(source: Source, first: int, stop: int) -> Piece:
    """Takes out lines (from 0), and of the blank lines above and below them the fewer."""

    def blanks(lines: Sequence[str]) -> int:
        return next((index for index, line in enumerate(lines) if line.strip()), len(lines))

    above, below = blanks(source.lines[:first][::-1]), blanks(source.lines[stop:])
    if stop == len(source.lines) and first:
        return Piece(first - above, stop, "")
    if first == 0 or (above and below >= above):
        return Piece(first, stop + (below if first == 0 else above), "")
    return Piece(first - below if above else first, stop, "")


def _comments_above(text: Source, first: int, indent: str) -> list[str]:
    """The comment lines directly above a line (from 0), but not the heading of a section."""
    at = first
    while at > 0 and text.lines[at - 1].startswith(f"{indent}#"):
        at -= 1
    comments = list(text.lines[at:first])
    return [] if at == 0 or any(set(line.strip("# \t\r\n")) <= set("-=*~_") for line in comments) else comments


def _gap(text: Source, first: int, indent: str) -> int:
    """The blank lines above a function, within what is usual where it stands."""
    at = first
    while at > 0 and not text.lines[at - 1].strip():
        at -= 1
    usual = 1 if indent else 2
    return min(first - at, usual) or usual


def _end(text: Source, last: int, indent: str) -> int:
    """The last line (from 1) of a function with the comments that end its body."""
    at = last
    while at < len(text.lines) and text.lines[at].strip():
        line = text.lines[at]
        if not line.lstrip().startswith("#") or not line.startswith(indent) or not line[len(indent)].isspace():
            break
        at += 1
    return at

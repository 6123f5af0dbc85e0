"""Slice and splice: which lines to hand to LibCST for a set of sites, and how the result goes back into the file.

`ast` says where. The slice is the smallest function, with its decorators, around a site, or else the smallest
statement; of nested slices only the outermost stays. Where that would cut a line in two, it is the whole file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import libcst as cst

from amigrate.model import Span
from amigrate.rewrite.layout import Layout, layout
from amigrate.rewrite.regions import Region, changed_lines
from amigrate.rewrite.source import RewriteError, Source, split_lines


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """Lines `first` to `last` (from 1, inclusive) that LibCST parses alone.

    `skip` characters of the first line, up to a form feed, stay out. `levels` is the indentation of the enclosing
    blocks, outermost first: each becomes an `if 1:` above the slice, so that LibCST sees the file's own indentation.
    """

    first: int
    last: int
    skip: int = 0
    levels: tuple[str, ...] = ()

    def prelude(self, source: Source) -> str:
        """What stands above the slice when it is parsed."""
        return "".join(f"{level}if 1:{source.newline(self.first)}" for level in self.levels)

    def text(self, source: Source) -> str:
        """The text of the slice in the file."""
        return "".join(source.lines[self.first - 1 : self.last])[self.skip :]

    def offset_in(self, source: Source) -> Callable[[int, int], int]:
        """The function that turns an `ast` line and column of the file into an offset in the parsed text."""
        lengths = (len(line) for line in source.lines[self.first - 1 : self.last])
        starts = list(accumulate(lengths, initial=len(self.prelude(source)) - self.skip))
        return lambda line, col: starts[min(line, self.last) - self.first] + source.char_col(line, col)

    def contains(self, span: Span) -> bool:
        """Whether `span` begins in the slice."""
        return self.first <= span.line <= self.last


@dataclass(frozen=True, slots=True)
class Piece:
    """New text for the lines `first` up to, not including, `stop` (both from 0)."""

    first: int
    stop: int
    after: str


def whole(source: Source) -> Slice:
    """The slice that is the whole file."""
    return Slice(1, len(source.lines))


def cut(source: Source, tree: ast.Module, spans: Sequence[Span]) -> tuple[Slice, ...]:
    """The slices that hold all `spans`, in the order of the file; none overlaps another."""
    slices: list[Slice] = []
    for part in sorted({_enclosing(source, tree, span) for span in spans}, key=lambda part: (part.first, -part.last)):
        if not slices or part.first > slices[-1].last:
            slices.append(part)
    return tuple(slices)


def parse(source: Source, part: Slice) -> Layout | None:
    """The LibCST module of a slice below its prelude; None when LibCST would not give the very same text back."""
    text = part.prelude(source) + part.text(source)
    try:
        found = layout(cst.parse_module(text))
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the parser is written in Rust; its panics are no `Exception`
            raise
        return None
    return found if found.code == text else None


def join(source: Source, pieces: Sequence[Piece]) -> tuple[bytes, tuple[Region, ...]]:
    """The bytes of the file with the pieces in place, and the byte ranges that differ, line by line."""
    offsets = source.offsets()
    before, regions, chunks, done, shift = source.lines, [], [source.bom], 0, 0
    for piece in sorted(pieces, key=lambda piece: (piece.first, piece.stop)):
        if piece.first < done:
            raise RewriteError(f"line {piece.first + 1}: two changes overlap")
        after = split_lines(piece.after)
        marks = [0]
        for line in after:
            marks.append(marks[-1] + len(source.encode(line)))
        for b0, b1, a0, a1 in changed_lines(before[piece.first : piece.stop], after):
            start = offsets[piece.first] + shift
            regions.append(
                Region(offsets[piece.first + b0], offsets[piece.first + b1], start + marks[a0], start + marks[a1])
            )
        chunks += [source.encode("".join(before[done : piece.first])), source.encode(piece.after)]
        done = piece.stop
        shift += marks[-1] - (offsets[piece.stop] - offsets[piece.first])
    chunks.append(source.encode("".join(before[done:])))
    return b"".join(chunks), tuple(regions)


def _enclosing(source: Source, tree: ast.Module, span: Span) -> Slice:
    function: Slice | None = None
    smallest: Slice | None = None
    levels: tuple[str, ...] = ()
    for statement in _path(tree, span):
        first = _first_line(statement)
        line = source.lines[first - 1]
        indent = line[: len(line) - len(line.lstrip(" \t\f"))]
        skip = indent.rfind("\f") + 1
        if _owns_its_lines(source, statement, first):
            smallest = Slice(first, statement.end_lineno or first, skip, levels)
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                function = smallest
            # `elif` is a statement in a statement, at the same indentation
            if not levels or len(indent[skip:]) > len(levels[-1]):
                levels = (*levels, indent[skip:])
    return function or smallest or whole(source)


def _path(tree: ast.Module, span: Span) -> Iterator[ast.stmt]:
    """The statements around `span`, outermost first."""
    position = (span.line, span.col)
    block: Iterator[ast.stmt] = iter(tree.body)
    while True:
        for statement in block:
            start = (_first_line(statement), 0 if getattr(statement, "decorator_list", ()) else statement.col_offset)
            if start <= position < (statement.end_lineno or 0, statement.end_col_offset or 0):
                yield statement
                block = _blocks(statement)
                break
        else:
            return


def _blocks(statement: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(statement, name, ())
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield from part.body


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _owns_its_lines(source: Source, statement: ast.stmt, first: int) -> bool:
    """Whether the lines of the statement hold nothing else, and begin where Python sees a line begin."""
    head = source.lines[first - 1].lstrip(" \t\f")
    if getattr(statement, "decorator_list", None):
        begins = head.startswith("@")  # the @ may stand on a line of its own, above a continuation
    else:
        indent = len(source.lines[first - 1]) - len(head)
        begins = source.char_col(first, statement.col_offset) == indent
    continued = first > 1 and source.lines[first - 2].rstrip("\r\n").endswith("\\")
    last = statement.end_lineno or first
    tail = source.lines[last - 1][source.char_col(last, statement.end_col_offset or 0) :].strip()
    return begins and not continued and (not tail or tail.startswith("#"))

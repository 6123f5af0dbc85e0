"""Nothing changed outside the regions: neither bytes nor meaning (guarantee G1)."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from itertools import accumulate, zip_longest

from amigrate.rewrite.regions import Region

_LINE_END = re.compile(rb"\r\n|\r|\n")
# methods of the context manager protocol become those of the async one
_RENAMED = {"__aenter__": "__enter__", "__aexit__": "__exit__"}
Lines = tuple[int, int]
# Where a statement stands: line, names of the functions and classes around it, class, columns and last line.
Stand = tuple[int, tuple[str, ...], str, int, int | None, int | None]


def equal_outside(before: bytes, after: bytes, regions: Sequence[Region], tree: ast.Module | None = None) -> str | None:
    """What differs outside of `regions`, with its line in `before`, or None.

    The bytes between two regions must be the same, and so must the statements there: the same text is parsed as the
    same statement, as deep as before and in the same function. An edit may not swallow the lines below it. `tree` is
    that of `after`, if there is one.
    """
    old_at = new_at = 0
    for region in [*regions, Region(len(before), len(before), len(after), len(after))]:
        if region.before_start < old_at or region.after_start < new_at:
            return f"line {_line(before, region.before_start)}: two changed regions overlap"
        old, new = before[old_at : region.before_start], after[new_at : region.after_start]
        if old != new:
            pairs = enumerate(zip(old, new, strict=False))
            same = next((index for index, (a, b) in pairs if a != b), min(len(old), len(new)))
            return f"line {_line(before, old_at + same)}: bytes outside of the edits changed"
        old_at, new_at = region.before_end, region.after_end
    try:
        old_tree, new_tree = ast.parse(before), ast.parse(after) if tree is None else tree
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"line {getattr(error, 'lineno', None) or 1}: {error}"
    old_lines = _lines(before, [(region.before_start, region.before_end) for region in regions])
    new_lines = _lines(after, [(region.after_start, region.after_end) for region in regions])
    grown = list(accumulate((n1 - n0) - (o1 - o0) for (o0, o1), (n0, n1) in zip(old_lines, new_lines, strict=True)))
    old_stands = _untouched(old_tree, old_lines, [0] * len(regions))
    for was, now in zip_longest(old_stands, _untouched(new_tree, new_lines, grown)):
        if was != now:
            line = min(stand[0] for stand in (was, now) if stand)
            return f"line {line}: a statement outside of the edits changed its meaning"
    return None


def _untouched(tree: ast.Module, regions: Sequence[Lines], grown: Sequence[int]) -> Iterator[Stand]:
    """The statements that no region touches, in lines of the old file. Of a compound statement its header counts."""
    starts = [start for start, _ in regions]

    def old_line(line: int) -> int:
        index = bisect_right(starts, line)
        return line - grown[index - 1] if index else line

    stack: list[tuple[tuple[str, ...], ast.stmt]] = [((), statement) for statement in reversed(tree.body)]
    while stack:
        path, statement = stack.pop()
        blocks = list(_blocks(statement))
        first, last = _extent(statement, blocks)
        near = bisect_right(starts, last)
        # regions are in order and apart, so only the last ones that begin in time can reach the statement
        # a decorator may have been put directly above a `def`, whose own line is as it was
        above = 1 if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) else 0
        if not any(_touches(region, first - above, last) for region in regions[max(0, near - 2) : near]):
            end = None if blocks else old_line(statement.end_lineno or last)
            end_col = None if blocks else statement.end_col_offset
            yield old_line(first), path, type(statement).__name__, statement.col_offset, end, end_col
        name = getattr(statement, "name", "")
        inside = (*path, _RENAMED.get(name, name))  # other blocks have no name, but count
        stack += [(inside, inner) for inner in reversed(blocks)]


def _touches(region: Lines, first: int, last: int) -> bool:
    start, stop = region
    return first < start <= last if start == stop else start <= last and stop > first


def _extent(statement: ast.stmt, blocks: Sequence[ast.stmt]) -> Lines:
    """The lines of a statement; of a compound one those of its header."""
    first = _first_line(statement)
    last = statement.end_lineno or statement.lineno
    return first, max(statement.lineno, _first_line(blocks[0]) - 1) if blocks else last


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _blocks(statement: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield from [part] if isinstance(part, ast.stmt) else part.body


def _lines(data: bytes, ranges: Sequence[tuple[int, int]]) -> list[Lines]:
    """Byte ranges of whole lines as ranges of line numbers from 1, end exclusive."""
    mark = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
    starts = [mark, *(end.end() for end in _LINE_END.finditer(data))]
    return [(bisect_left(starts, start) + 1, bisect_left(starts, end) + 1) for start, end in ranges]


def _line(data: bytes, offset: int) -> int:
    return len(_LINE_END.findall(data, 0, offset)) + 1

"""Where among equal lines a change is shown, as git decides it.

Added lines that begin like those below them could as well stand further down. git joins what meets, puts removed lines
beside added ones, and otherwise cuts where the indentation says that a block begins (`xdl_change_compact` and the
indent heuristic of git's xdiff, whose weights these are).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amigrate.review.ranges import ranges_of

_FURTHEST = 100  # lines that a change is moved by the heuristic
_BLANKS = 20  # blank lines that are looked through
_DEEPEST = 200  # an indentation


@dataclass(slots=True)
class _Group:
    """A run of changed lines on one side, which may be empty."""

    start: int
    end: int


class _Side:
    """The lines of one side with their flags."""

    def __init__(self, lines: Sequence[bytes], flags: bytearray) -> None:
        self.lines = lines
        self.flags = flags

    def group_at(self, start: int) -> _Group:
        """The group around a line, or the empty one before it."""
        flags, end = self.flags, start
        while start and flags[start - 1]:
            start -= 1
        while end < len(flags) and flags[end]:
            end += 1
        return _Group(start, end)

    def next(self, group: _Group) -> None:
        """Goes to the group behind the next kept line."""
        group.start = group.end = group.end + 1
        while group.end < len(self.flags) and self.flags[group.end]:
            group.end += 1

    def previous(self, group: _Group) -> None:
        """Goes to the group before the last kept line."""
        group.start = group.end = group.start - 1
        while group.start and self.flags[group.start - 1]:
            group.start -= 1

    def slide_down(self, group: _Group) -> bool:
        """Moves a group one line down, joining it with one that it meets, if the lines are equal."""
        if group.end == len(self.lines) or self.lines[group.start] != self.lines[group.end]:
            return False
        self.flags[group.start], self.flags[group.end] = 0, 1
        group.start += 1
        while group.end < len(self.flags) and self.flags[group.end]:
            group.end += 1
        return True

    def slide_up(self, group: _Group) -> bool:
        """The same upwards."""
        if not group.start or self.lines[group.start - 1] != self.lines[group.end - 1]:
            return False
        group.start -= 1
        group.end -= 1
        self.flags[group.start], self.flags[group.end] = 1, 0
        while group.start and self.flags[group.start - 1]:
            group.start -= 1
        return True


def slid(before: Sequence[bytes], after: Sequence[bytes], old: bytearray, new: bytearray) -> None:
    """Moves the flags of changed lines to where git would have them."""
    left, right = _Side(before, old), _Side(after, new)
    reached = 0
    for changed in ranges_of(old, new):
        reached = _settle(left, right, changed.old_start, changed.old_end, changed.new_start, reached)
    reached = 0
    for changed in ranges_of(old, new):
        reached = _settle(right, left, changed.new_start, changed.new_end, changed.old_start, reached)


def _settle(side: _Side, other: _Side, start: int, end: int, across: int, reached: int) -> int:
    """Settles the group of these lines, unless one before it, which `reached` this line, has joined it.

    Gives how far down groups have got by then.
    """
    lines = side.lines
    if start == end or start < reached:
        return reached
    up = start and lines[start - 1] == lines[end - 1]
    if not up and (end == len(lines) or lines[start] != lines[end]):
        return end  # nearly all of them
    return _settle_group(side, other, side.group_at(start), other.group_at(across))


def _settle_group(side: _Side, other: _Side, group: _Group, beside: _Group) -> int:
    while True:
        size, matching = group.end - group.start, False
        while side.slide_up(group):
            other.previous(beside)
        highest = group.end
        matching = beside.end > beside.start
        while side.slide_down(group):
            other.next(beside)
            matching = matching or beside.end > beside.start
        if size == group.end - group.start:
            break
    lowest = group.end
    if lowest == highest:
        return lowest
    if matching:
        while beside.end == beside.start:
            side.slide_up(group)
            other.previous(beside)
        return lowest
    best = _best_end(side.lines, group, highest)
    while group.end > best:
        side.slide_up(group)
        other.previous(beside)
    return lowest


def _best_end(lines: Sequence[bytes], group: _Group, highest: int) -> int:
    size = group.end - group.start
    best, best_end = (0, 0), -1
    for end in range(max(highest, group.end - size - 1, group.end - _FURTHEST), group.end + 1):
        (first, penalty), (second, more) = _cut(lines, end), _cut(lines, end - size)
        score = (first + second, penalty + more)
        indent = (score[0] > best[0]) - (score[0] < best[0])
        if best_end == -1 or 60 * indent + score[1] - best[1] <= 0:
            best, best_end = score, end
    return best_end


def _cut(lines: Sequence[bytes], at: int) -> tuple[int, int]:
    """(the indentation, the penalty) of cutting before a line."""
    indent = _indent(lines[at]) if at < len(lines) else -1
    blanks_before, before = _beyond(lines, range(at - 1, -1, -1))
    blanks_after, after = _beyond(lines, range(at + 1, len(lines)))
    penalty = 0
    if before == -1 and not blanks_before:
        penalty += 1
    if at >= len(lines):
        penalty += 21
    behind = 1 + blanks_after if indent == -1 else 0
    blanks = blanks_before + behind
    penalty += 6 * behind - 30 * blanks
    indent = indent if indent != -1 else after
    if -1 not in (indent, before):
        if indent > before:
            penalty += 10 if blanks else -4
        elif indent < before and after > indent:
            penalty += 17 if blanks else 24
        elif indent < before:
            penalty += 17 if blanks else 23
    return indent, penalty


def _beyond(lines: Sequence[bytes], places: range) -> tuple[int, int]:
    """How many blank lines there are, and the indentation of the line behind them; -1 where there is none."""
    blanks = 0
    for at in places:
        if (indent := _indent(lines[at])) != -1:
            return blanks, indent
        blanks += 1
        if blanks == _BLANKS:
            return blanks, 0
    return blanks, -1


def _indent(line: bytes) -> int:
    """The width of a line's indentation; -1 for a blank line."""
    text = line.lstrip()
    if not text:
        return -1
    width = 0
    for byte in line[: len(line) - len(text)]:
        width += 1 if byte == 32 else 8 - width % 8 if byte == 9 else 0
    return min(width, _DEEPEST)

"""The hunks of a changed file, each with the edits that made it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from amigrate.model import Edit, FileChange
from amigrate.review.lines import changed_ranges, split_lines
from amigrate.review.ranges import Range

Kind = Literal[" ", "-", "+"]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring changes with the lines around them.

    `old_start` and `new_start` count from 1, and are the line before where the count is 0, as in a unified diff.
    `lines` are (kind, line with its end); `edits` are the edits that begin here.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[tuple[Kind, bytes], ...]
    edits: tuple[Edit, ...]


def hunks_of(change: FileChange, context: int = 3) -> tuple[Hunk, ...]:
    """The hunks between `change.before` and `change.after`, with `context` equal lines around each.

    Applied to `before` they give `after`, whatever `change.edits` says. Each edit is in exactly one hunk: the one of
    the first change on its lines, or the nearest one.
    """
    before, after = split_lines(change.before), split_lines(change.after)
    ranges = changed_ranges(before, after, _edited_lines(change.edits))
    edits = _edits_by_range(change.edits, ranges)
    return tuple(
        _hunk(
            before,
            after,
            ranges[first:end],
            min(context, ranges[first].old_start),
            min(context, len(before) - ranges[end - 1].old_end),
            [edit for at in range(first, end) for edit in edits[at]],
        )
        for first, end in _neighbours(ranges, 2 * context)
    )


def blocks_of(change: FileChange, context: int = 3) -> tuple[Hunk, ...]:
    """As `hunks_of`, with a hunk for each stretch of changed lines however near the next one is.

    No line is in two of them: what lies between is context of the first one, then of the second.
    """
    before, after = split_lines(change.before), split_lines(change.after)
    ranges = changed_ranges(before, after, _edited_lines(change.edits))
    edits = _edits_by_range(change.edits, ranges)
    hunks: list[Hunk] = []
    free = 0  # the lines before this one are shown
    for at, changed in enumerate(ranges):
        end = ranges[at + 1].old_start if at + 1 < len(ranges) else len(before)
        lead, tail = min(context, changed.old_start - free), min(context, end - changed.old_end)
        hunks.append(_hunk(before, after, [changed], lead, tail, edits[at]))
        free = changed.old_end + tail
    return tuple(hunks)


def _edited_lines(edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """The lines the edits stand on: sorted, 0-based, end exclusive, overlapping ones joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((edit.line - 1, max(edit.line, edit.end_line)) for edit in edits):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _edits_by_range(edits: Sequence[Edit], ranges: Sequence[Range]) -> list[list[Edit]]:
    """For each range the edits that begin there."""
    found: list[list[Edit]] = [[] for _ in ranges]
    ends = [max(changed.old_end, changed.old_start + 1) for changed in ranges]  # an insertion is at one line
    for edit in edits if ranges else ():
        at = bisect_left(ends, edit.line)  # the first range that ends on or after the first line of the edit
        if at == len(ranges):
            at -= 1
        elif at and ranges[at].old_start >= max(edit.line, edit.end_line):  # begins only after the edit: nearer one?
            before, beyond = edit.line - ends[at - 1], ranges[at].old_start + 1 - edit.end_line
            at -= before < beyond
        found[at].append(edit)
    return [sorted(here, key=lambda edit: (edit.line, edit.end_line)) for here in found]


def _neighbours(ranges: Sequence[Range], distance: int) -> list[tuple[int, int]]:
    """Index ranges of `ranges` that share a hunk: no more than `distance` equal lines lie between two of them."""
    starts = [at for at in range(len(ranges)) if not at or ranges[at].old_start - ranges[at - 1].old_end > distance]
    return list(pairwise([*starts, len(ranges)]))


def _hunk(
    before: Sequence[bytes],
    after: Sequence[bytes],
    ranges: Sequence[Range],
    lead: int,
    tail: int,
    edits: Sequence[Edit],
) -> Hunk:
    """The hunk of `ranges`, with `lead` lines before and `tail` lines after them."""
    old, new = ranges[0].old_start - lead, ranges[0].new_start - lead
    old_end, new_end = ranges[-1].old_end + tail, ranges[-1].new_end + tail
    lines: list[tuple[Kind, bytes]] = []
    at = old
    for changed in ranges:
        lines += ((" ", line) for line in before[at : changed.old_start])
        lines += (("-", line) for line in before[changed.old_start : changed.old_end])
        lines += (("+", line) for line in after[changed.new_start : changed.new_end])
        at = changed.old_end
    lines += ((" ", line) for line in before[at:old_end])
    old_count, new_count = old_end - old, new_end - new
    return Hunk(old + bool(old_count), old_count, new + bool(new_count), new_count, tuple(lines), tuple(edits))

"""The byte ranges that a rewriting changed, before and after: what exact hunks are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, takewhile

# Above this product of line counts a slice is one region: difflib is quadratic where many lines are alike.
_DIFF_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """Bytes `before_start:before_end` of the old file became `after_start:after_end` of the new one: whole lines."""

    before_start: int
    before_end: int
    after_start: int
    after_end: int

    @property
    def growth(self) -> int:
        """How many bytes longer the new text is."""
        return (self.after_end - self.after_start) - (self.before_end - self.before_start)


def changed_lines(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The (before start, before stop, after start, after stop) line ranges that differ."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    rest = min(len(before), len(after)) - head
    ends = zip(reversed(before), reversed(after), strict=False)
    tail = min(rest, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends)))
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not old and not new:
        return []
    in_place = _changed_in_place(old, new) if len(old) == len(new) else None
    if len(old) * len(new) > _DIFF_LIMIT:
        found = in_place or [(0, len(old), 0, len(new))]
    else:
        codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        found = [(i, j, k, m) for tag, i, j, k, m in codes if tag != "equal"]
        # between lines that are alike it may match one with another of them, of another block
        if in_place is not None and _size(in_place) <= _size(found):
            found = in_place
    return [(head + i, head + j, head + k, head + m) for i, j, k, m in found]


def _changed_in_place(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The ranges that differ where each line stays where it is."""
    runs = groupby(range(len(old)), key=lambda at: old[at] != new[at])
    changed = [list(run) for differs, run in runs if differs]
    return [(run[0], run[-1] + 1, run[0], run[-1] + 1) for run in changed]


def _size(ranges: Sequence[tuple[int, int, int, int]]) -> int:
    return sum((j - i) + (m - k) for i, j, k, m in ranges)


def compose(first: Sequence[Region], second: Sequence[Region]) -> tuple[Region, ...]:
    """The regions of two rewritings in a row: `first` from old to middle, `second` from middle to new."""
    middle = [(region.after_start, region.after_end, region, None) for region in first]
    ranges = [*middle, *((region.before_start, region.before_end, None, region) for region in second)]
    regions: list[Region] = []
    grown_before = grown_after = 0
    ranges.sort(key=lambda item: item[:2])
    index = 0
    while index < len(ranges):
        start, end = ranges[index][:2]
        here_before = here_after = 0
        while index < len(ranges) and ranges[index][0] <= end:
            _, stop, one, two = ranges[index]
            end = max(end, stop)
            here_before += one.growth if one else 0
            here_after += two.growth if two else 0
            index += 1
        old_start, new_start = start - grown_before, start + grown_after
        grown_before += here_before
        grown_after += here_after
        regions.append(Region(old_start, end - grown_before, new_start, end + grown_after))
    return tuple(regions)


def offset_before(regions: Sequence[Region], offset: int) -> int:
    """Where an offset of the new file stood in the old one; inside a region, the region's start."""
    grown = 0
    for region in regions:
        if offset >= region.after_end:
            grown += region.growth
        elif offset > region.after_start:
            return region.before_start
    return offset - grown

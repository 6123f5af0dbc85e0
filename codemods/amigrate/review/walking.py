"""Where the two sides of a file part and meet again.

Where they part, they meet again at the end of the edit that stands there, or, where no edit says so, at the nearest
place from which some lines are equal. Every range is exact whatever the edits say: they only tell where to look first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from amigrate.review.common_lines import Occurrences, occurrences
from amigrate.review.myers import changed_flags
from amigrate.review.ranges import Range, ranges_of

WINDOW = 3  # so many equal lines in a row count as meeting again
REACH = 50  # the nearest meeting place is searched within so many lines, both sides together
REFINE = 40_000  # regions up to this product of lengths get an exact diff


class Walk:
    """Finds where both sides meet again. Holds what is computed once for a file."""

    def __init__(self, before: Sequence[bytes], after: Sequence[bytes], edited: Sequence[tuple[int, int]]) -> None:
        self.before = before
        self.after = after
        self.edited = edited
        self.next_edit = 0
        self.anchors: dict[bytes, int] | None = None
        self.occurrences: Occurrences | None = None

    def ranges(self) -> list[Range]:
        """The ranges in which the sides differ."""
        before, after = self.before, self.after
        ranges: list[Range] = []
        old = new = 0
        while True:
            while old < len(before) and new < len(after) and before[old] == after[new]:
                old += 1
                new += 1
            if old == len(before) and new == len(after):
                return ranges
            old_end, new_end = self.meet(old, new)
            ranges += self.refine(Range(old, old_end, new, new_end))
            old, new = old_end, new_end

    def meet(self, old: int, new: int) -> tuple[int, int]:
        """Where the sides, which differ at `old` and `new`, are equal again (or both end)."""
        return self._after_edit(old, new) or self._nearest(old, new) or self._anchor(old, new)

    def _equal_from(self, old: int, new: int) -> bool:
        inside = old <= len(self.before) and new <= len(self.after)
        return inside and self.before[old : old + WINDOW] == self.after[new : new + WINDOW]

    def _after_edit(self, old: int, new: int) -> tuple[int, int] | None:
        while self.next_edit < len(self.edited) and self.edited[self.next_edit][1] <= old:
            self.next_edit += 1
        if self.next_edit == len(self.edited) or self.edited[self.next_edit][0] > old:
            return None
        end = self.edited[self.next_edit][1]
        same = new + end - old
        for candidate in (same, same + 1, same - 1, same + 2, same - 2):
            if candidate >= new and self._equal_from(end, candidate):
                return end, candidate
        return None

    def _nearest(self, old: int, new: int) -> tuple[int, int] | None:
        for distance in range(1, REACH + 1):
            for ahead in sorted(range(distance + 1), key=lambda ahead: abs(2 * ahead - distance)):
                if self._equal_from(old + ahead, new + distance - ahead):
                    return old + ahead, new + distance - ahead
        return None

    def _anchor(self, old: int, new: int) -> tuple[int, int]:
        """The nearest line that stands exactly once on each side, or both ends."""
        if self.anchors is None:
            once = {line for line, count in Counter(self.before).items() if count == 1}
            counts = Counter(self.after)
            self.anchors = {line: at for at, line in enumerate(self.after) if counts[line] == 1 and line in once}
        best, nearest = (len(self.before), len(self.after)), len(self.before) + len(self.after) - old - new
        for at in range(old, len(self.before)):
            if at - old >= nearest:
                break
            found = self.anchors.get(self.before[at], -1)
            if found >= new and at - old + found - new < nearest:
                best, nearest = (at, found), at - old + found - new
        return best

    def refine(self, region: Range) -> list[Range]:
        """The changed ranges inside a region, without the lines that both its sides share."""
        old, old_end, new, new_end = region
        while old < old_end and new < new_end and self.before[old_end - 1] == self.after[new_end - 1]:
            old_end -= 1
            new_end -= 1
        left, right = self.before[old:old_end], self.after[new:new_end]
        if len(left) * len(right) > REFINE or set(left).isdisjoint(right):
            return [Range(old, old_end, new, new_end)]
        return self.diff(Range(old, old_end, new, new_end))

    def diff(self, region: Range) -> list[Range]:
        """The shortest changes inside a region."""
        old, old_end, new, new_end = region
        if self.occurrences is None:
            self.occurrences = occurrences(self.before, self.after)
        flags = changed_flags(self.before[old:old_end], self.after[new:new_end], self.occurrences)
        return [
            Range(old + one.old_start, old + one.old_end, new + one.new_start, new + one.new_end)
            for one in ranges_of(*flags)
        ]

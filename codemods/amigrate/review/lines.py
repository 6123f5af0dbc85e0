"""Which lines of a file changed, in time linear in its length.

The two sides are walked together from edit to edit. A general diff is used only inside small regions, and makes the
same choices as git where equal lines leave any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amigrate.review.ranges import Range, flags_of, ranges_of
from amigrate.review.sliding import slid
from amigrate.review.walking import Walk

TOGETHER = 12  # changes with no more equal lines between them are looked at together
SMALL = 2_000  # lines of a file of which all changes are looked at together
MOST = 200  # changed lines that are looked at together: the time grows with their square


def split_lines(data: bytes) -> list[bytes]:
    """The lines of `data` with their ends. Only a line feed ends a line, as in git."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def changed_ranges(
    before: Sequence[bytes], after: Sequence[bytes], edited: Sequence[tuple[int, int]] = ()
) -> list[Range]:
    """The changed ranges, in order, between which the lines of both sides are equal: those that git shows.

    Args:
        before: the lines of the file before.
        after: its lines after.
        edited: sorted, 0-based, end-exclusive line ranges of `before` that edits stand on.
    """
    walk = Walk(before, after, edited)
    found = walk.ranges()
    small = max(len(before), len(after)) <= SMALL and sum(one.lines for one in found) <= MOST
    near_ones = [found] if small and found else _neighbours(found)
    walked = [one for near in near_ones for one in _shortest(walk, near)]
    flags = flags_of(walked, len(before), len(after))
    slid(before, after, *flags)
    return ranges_of(*flags)


def _neighbours(ranges: Sequence[Range]) -> Iterator[Sequence[Range]]:
    """The ranges, those that are close to each other together."""
    start = 0
    for at in range(1, len(ranges) + 1):
        if at == len(ranges) or ranges[at].old_start - ranges[at - 1].old_end > TOGETHER:
            yield ranges[start:at]
            start = at


def _shortest(walk: Walk, near: Sequence[Range]) -> Sequence[Range]:
    """Ranges that are close to each other, or fewer and shorter ones in their place."""
    if len(near) == 1 or sum(one.lines for one in near) > MOST:
        return near
    return walk.diff(Range(near[0].old_start, near[-1].old_end, near[0].new_start, near[-1].new_end))

"""The shortest edit script between two short lists of lines, the same one that git finds.

E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), in linear space, with the choices between
equally short scripts of git's xdiff (`xdl_split`, `xdl_recs_cmp`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from amigrate.review.common_lines import Occurrences, kept_lines

_FAR = 1 << 60


def changed_flags(before: Sequence[bytes], after: Sequence[bytes], file: Occurrences) -> tuple[bytearray, bytearray]:
    """For each line of both sides 1 where it is removed or added, 0 where it is kept.

    Args:
        before: the lines of one region of a file.
        after: what they became.
        file: how often lines occur in the whole file.
    """
    flags = (bytearray(len(before)), bytearray(len(after)))
    left = kept_lines(before, file.after, file.before_limit)
    right = kept_lines(after, file.before, file.after_limit)
    old, new = bytearray(len(left)), bytearray(len(right))
    _compare([before[at] for at in left], [after[at] for at in right], old, new)
    for side, kept, found in ((flags[0], left, old), (flags[1], right, new)):
        side[:] = b"\1" * len(side)
        for at, changed in zip(kept, found, strict=True):
            side[at] = changed
    return flags


def _compare(before: Sequence[bytes], after: Sequence[bytes], old: bytearray, new: bytearray) -> None:
    boxes = [(0, len(before), 0, len(after))]
    while boxes:
        start, end, first, last = boxes.pop()
        while start < end and first < last and before[start] == after[first]:
            start, first = start + 1, first + 1
        while start < end and first < last and before[end - 1] == after[last - 1]:
            end, last = end - 1, last - 1
        if start == end or first == last:
            old[start:end], new[first:last] = b"\1" * (end - start), b"\1" * (last - first)
        else:
            middle, other = _split(before, after, start, end, first, last)
            boxes += ((start, middle, first, other), (middle, end, other, last))


def _split(
    before: Sequence[bytes], after: Sequence[bytes], start: int, end: int, first: int, last: int
) -> tuple[int, int]:
    """A point on a shortest path through a box: where the searches from both its corners meet."""
    lowest, highest = start - last, end - first
    top, bottom = start - first, end - last  # the diagonals of the corners
    odd = (top - bottom) & 1
    forward, backward = {top: start}, {bottom: end}
    fmin = fmax = top
    bmin = bmax = bottom
    for _ in count():
        fmin, fmax = _widened(forward, fmin, fmax, lowest, highest, -1)
        for d in range(fmax, fmin - 1, -2):
            i = forward[d - 1] + 1 if forward[d - 1] >= forward[d + 1] else forward[d + 1]
            while i < end and i - d < last and before[i] == after[i - d]:
                i += 1
            forward[d] = i
            if odd and bmin <= d <= bmax and backward[d] <= i:
                return i, i - d
        bmin, bmax = _widened(backward, bmin, bmax, lowest, highest, _FAR)
        for d in range(bmax, bmin - 1, -2):
            i = backward[d - 1] if backward[d - 1] < backward[d + 1] else backward[d + 1] - 1
            while i > start and i - d > first and before[i - 1] == after[i - d - 1]:
                i -= 1
            backward[d] = i
            if not odd and fmin <= d <= fmax and i <= forward[d]:
                return i, i - d
    raise AssertionError  # the searches always meet


def _widened(reach: dict[int, int], low: int, high: int, lowest: int, highest: int, unreached: int) -> tuple[int, int]:
    """One diagonal more on each side, or one less where the box ends."""
    if low > lowest:
        low -= 1
        reach[low - 1] = unreached
    else:
        low += 1
    if high < highest:
        high += 1
        reach[high + 1] = unreached
    else:
        high -= 1
    return low, high

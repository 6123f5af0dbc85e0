"""Which lines of a changed region are worth comparing, as git decides it (`xdl_cleanup_records`).

A line that the other side of the file lacks is changed anyway. One that it has very often, such as a blank one, says
little about what belongs together: among many that are changed anyway it is taken to be changed too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WINDOW = 100  # so many lines around are looked at
_MOST = 1024  # a line that occurs so often is common in a file of any length
_LACKING, _RARE, _COMMON = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Occurrences:
    """How often each line is in a file before and after, and from when on it counts as common there."""

    before: Mapping[bytes, int]
    after: Mapping[bytes, int]
    before_limit: int
    after_limit: int


def occurrences(before: Sequence[bytes], after: Sequence[bytes]) -> Occurrences:
    """The counts of a whole file."""
    return Occurrences(Counter(before), Counter(after), _limit(len(before)), _limit(len(after)))


def kept_lines(lines: Sequence[bytes], other: Mapping[bytes, int], limit: int) -> list[int]:
    """The indexes of the lines to compare. `other` counts the lines of the other side of the file."""
    kinds = [_kind(other.get(line, 0), limit) for line in lines]
    return [at for at, kind in enumerate(kinds) if kind == _RARE or (kind == _COMMON and not _drowned(kinds, at))]


def _kind(found: int, limit: int) -> int:
    return _LACKING if not found else _COMMON if found >= limit else _RARE


def _drowned(kinds: Sequence[int], at: int) -> bool:
    """Whether a common line stands among lines nearly all of which the other side lacks."""
    lacking = common = 0
    for places in (range(at - 1, max(at - _WINDOW, 0) - 1, -1), range(at + 1, min(at + _WINDOW + 1, len(kinds)))):
        missing, common = 0, common + 1
        for place in places:
            if kinds[place] == _RARE:
                break
            missing += kinds[place] == _LACKING
            common += kinds[place] == _COMMON
        if not missing:
            return False
        lacking += missing
    return common * 4 < common + lacking


def _limit(lines: int) -> int:
    """A power of two near the square root of the number of lines."""
    root = 1
    while lines:
        root, lines = root * 2, lines >> 2
    return min(root, _MOST)

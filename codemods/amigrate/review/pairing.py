"""Which removed line became which added one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from amigrate.review.words import words_of

MOST = 400  # pairs to compare; of larger blocks nobody can tell
ALIKE = 0.4  # lines that share less of their words are strangers


def pairs_of(removed: Sequence[str], added: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of indexes, in order on both sides, that are as much alike as can be; all where both sides are as long."""
    if len(removed) == len(added):
        return list(zip(range(len(removed)), range(len(added)), strict=True))
    if len(removed) * len(added) > MOST:
        return []
    left, right = ([Counter(words_of(line)) for line in side] for side in (removed, added))
    best = [[0.0] * (len(added) + 1) for _ in range(len(removed) + 1)]  # of the lines from there on
    alike = [[_alike(one, other) for other in right] for one in left]
    for i in range(len(removed) - 1, -1, -1):
        for j in range(len(added) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] and alike[i][j] + best[i + 1][j + 1])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(removed) and j < len(added):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """The share of equal words, 0 for strangers."""
    size = one.total() + other.total()
    share = 2 * (one & other).total() / size if size else 0.0
    return share if share >= ALIKE else 0.0

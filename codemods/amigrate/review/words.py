"""Which words of a changed line changed, for highlighting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate

Spans = list[tuple[int, int]]

_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
_LONGEST = 300  # words; longer lines are compared by what they share at both ends only
_MOST = 2_000  # characters by which lines are compared with many others
_ALIKE = 0.4  # lines that share less are not marked


def words_of(line: str) -> list[str]:
    """The words of a line, without the spaces between them."""
    return [word for word in _WORD.findall(line[:_MOST]) if not word.isspace()]


def changed_words(old: str, new: str) -> tuple[Spans, Spans]:
    """The (start, end) offsets of what changed in `old` and in `new`; both empty when they have little in common."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    if max(len(left), len(right)) > _LONGEST:
        return _middle(old, new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [], []
    changed = [_slid(left, right, *code[1:]) for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        _offsets(left, [(start, end) for start, end, _, _ in changed]),
        _offsets(right, [(start, end) for _, _, start, end in changed]),
    )


def _slid(left: Sequence[str], right: Sequence[str], i1: int, i2: int, j1: int, j2: int) -> tuple[int, int, int, int]:
    """A pure insertion or deletion that begins with a space one word further, where the same space follows it."""
    words, start, end = (right, j1, j2) if i1 == i2 else (left, i1, i2)
    if (i1 == i2) != (j1 == j2) and end < len(words) and words[start] == words[end] and words[start].isspace():
        return i1 + 1, i2 + 1, j1 + 1, j2 + 1
    return i1, i2, j1, j2


def _offsets(words: Sequence[str], ranges: Sequence[tuple[int, int]]) -> Spans:
    at = [0, *accumulate(map(len, words))]
    return [(at[start], at[end]) for start, end in ranges if start < end]


def _middle(old: str, new: str) -> tuple[Spans, Spans]:
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    tail = next((at for at in range(shortest - head) if old[-1 - at] != new[-1 - at]), shortest - head)
    return _span(head, len(old) - tail), _span(head, len(new) - tail)


def _span(start: int, end: int) -> Spans:
    return [(start, end)] if start < end else []

"""Which words of a changed line changed, for highlighting."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Spans = list[tuple[int, int]]

_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
_LONGEST = 300  # words; longer lines are compared by what they share at both ends only


def changed_words(old: str, new: str) -> tuple[Spans, Spans]:
    """The (start, end) offsets of what changed in `old` and in `new`; both empty when they have little in common."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if max(len(left), len(right)) > _LONGEST:
        return _middle(old, new)
    if matcher.ratio() < 0.4:
        return [], []
    spans: tuple[Spans, Spans] = ([], [])
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            for side, words, start, end in ((0, left, i1, i2), (1, right, j1, j2)):
                offset = sum(map(len, words[:start]))
                if start < end:
                    spans[side].append((offset, offset + sum(map(len, words[start:end]))))
    return spans


def _middle(old: str, new: str) -> tuple[Spans, Spans]:
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    tail = next((at for at in range(shortest - head) if old[-1 - at] != new[-1 - at]), shortest - head)
    return _span(head, len(old) - tail), _span(head, len(new) - tail)


def _span(start: int, end: int) -> Spans:
    return [(start, end)] if start < end else []

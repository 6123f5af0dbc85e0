"""Changed ranges of lines, and the flags of changed lines that they are made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Range(NamedTuple):
    """Lines `old_start:old_end` of the file before became `new_start:new_end`; 0-based, end exclusive."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @property
    def lines(self) -> int:
        """The changed lines of both sides."""
        return self.old_end - self.old_start + self.new_end - self.new_start


def ranges_of(old: bytearray, new: bytearray) -> list[Range]:
    """The ranges of the flagged lines of both sides, between which there are as many others on each."""
    found: list[Range] = []
    at = across = 0
    while True:
        kept = min(_next(old, at), _next(new, across))
        at, across = at + kept, across + kept
        if at == len(old) and across == len(new):
            return found
        end, beyond = _run(old, at), _run(new, across)
        found.append(Range(at, end, across, beyond))
        at, across = end, beyond


def flags_of(ranges: Iterable[Range], before: int, after: int) -> tuple[bytearray, bytearray]:
    """The flags of both sides, of which there are `before` and `after` lines."""
    old, new = bytearray(before), bytearray(after)
    for changed in ranges:
        old[changed.old_start : changed.old_end] = b"\1" * (changed.old_end - changed.old_start)
        new[changed.new_start : changed.new_end] = b"\1" * (changed.new_end - changed.new_start)
    return old, new


def _next(flags: bytearray, at: int) -> int:
    """How many lines from `at` on are not flagged."""
    found = flags.find(1, at)
    return (len(flags) if found < 0 else found) - at


def _run(flags: bytearray, at: int) -> int:
    """The end of the flagged lines from `at` on."""
    found = flags.find(0, at)
    return len(flags) if found < 0 else found

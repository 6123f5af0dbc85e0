"""Markdown in which the text of a project can be nothing but text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from amigrate.review.report import plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~&])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def safe(value: str) -> str:
    """Text that can be nothing but text: no markup, no HTML, no line of its own."""
    return _SPECIAL.sub(r"\\\1", _CONTROL.sub("\N{REPLACEMENT CHARACTER}", plain(value)))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, its cells made safe."""
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(safe(cell) for cell in row)} |"

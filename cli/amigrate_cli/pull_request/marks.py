"""Our part of the text of a pull request, between marks; all around it belongs to people.

The first mark also keeps what the next run must know, wherever it runs: the commits that we pushed, a digest of what
they change, and the name that the pull requests of one run share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_BEGIN = re.compile(r"<!-- amigrate:begin heads=([0-9a-f,]*) change=([0-9a-f]*) series=(\S*) -->")
_PART = re.compile(_BEGIN.pattern + r".*?<!-- amigrate:end -->", re.DOTALL)
END = "<!-- amigrate:end -->"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the first mark says."""

    heads: tuple[str, ...]
    change: str
    series: str

    def __str__(self) -> str:
        series = quote(self.series, safe="/").replace("--", "-%2D")  # a comment may not contain two dashes
        return f"<!-- amigrate:begin heads={','.join(self.heads)} change={self.change} series={series} -->"


def mark_in(body: str) -> Mark | None:
    """The mark in the text of a pull request; None when it is not one of ours, or people removed it."""
    if not (found := _BEGIN.search(body)):
        return None
    return Mark(tuple(filter(None, found[1].split(","))), found[2], unquote(found[3]))


def marked(mark: Mark, text: str) -> str:
    """Our part with this text."""
    return f"{mark}\n{_BEGIN.sub('', text).replace(END, '').strip()}\n{END}"


def with_part(body: str, part: str) -> str:
    """`body` with our part replaced; where people took it away, it comes after what they wrote."""
    if _PART.search(body):
        return _PART.sub(lambda _: part, body, count=1)
    rest = _BEGIN.sub("", body).replace(END, "").strip()
    return f"{rest}\n\n{part}\n" if rest else f"{part}\n"


def with_mark(body: str, mark: Mark) -> str:
    """`body` with another mark, and all of the text as it is."""
    return _BEGIN.sub(lambda _: str(mark), body, count=1)

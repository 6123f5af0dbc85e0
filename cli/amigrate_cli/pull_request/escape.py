"""Text of a project in a pull request: it stays text, links nothing, and calls nobody."""

from __future__ import annotations

import re

from amigrate.review.markdown_text import safe
from amigrate.review.report import plain

_LONGEST = 300


def text(value: str) -> str:
    """`value` as one line of plain text; `@name` and addresses in it mean nothing to a forge."""
    line = " ".join(value.split())
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    return safe(line).replace("@", "@\u2060").replace("://", ":\u2060//")


def code(value: str) -> str:
    """`value` in the type of code."""
    line = " ".join(plain(value).split())[:_LONGEST].replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"

"""Text of a project in Markdown: it stays text, links nothing, and calls nobody."""

from __future__ import annotations

import re

# an underscore within a word is one
_SPECIAL = re.compile(r"([\\`*{}\[\]#!|~$]|(?<![A-Za-z0-9_])_+|_+(?![A-Za-z0-9_]))")
_LONGEST = 300


def text(value: str) -> str:
    """`value` as one line of plain text; `@name` and `#1` in it mean nothing to a forge."""
    line = " ".join(value.split())
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    line = _SPECIAL.sub(r"\\\1", line.replace("&", "&amp;")).replace("<", "&lt;").replace(">", "&gt;")
    return line.replace("@", "@\u2060").replace("://", ":\u2060//")


def code(value: str) -> str:
    """`value` in the type of code."""
    line = " ".join(value.split())[:_LONGEST].replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"

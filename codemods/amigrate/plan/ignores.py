"""What is left alone on request: by `# amigrate: ignore[id, …]` comments, or because a review rejected it.

A comment is on a line, or on a `def` or `class` for its whole body.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Mapping

from amigrate.facts.sources import MARK, Sources

_COMMENT = re.compile(r"#\s*amigrate:\s*ignore(?:\[([\w\s,.-]*)\])?")
_IN_TEMPLATE = re.compile(r"\{#\s*amigrate:\s*ignore(?:\[([\w\s,.-]*)\])?\s*#\}")

REJECTED = "it was rejected in a review"

# path -> line -> ids; an empty set means all codemods, and so does `REJECTED` in it
Ignored = Mapping[str, Mapping[int, frozenset[str]]]


def ignored_lines(sources: Mapping[str, bytes]) -> Ignored:
    """The lines with such a comment, of all files that have one."""
    found: dict[str, Mapping[int, frozenset[str]]] = {}
    for path, source in (sources.marked if isinstance(sources, Sources) else sources).items():
        if MARK in source and (lines := _lines(source)):
            found[path] = lines
    return found


def _lines(source: bytes) -> dict[int, frozenset[str]]:
    lines: dict[int, frozenset[str]] = {}
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
                lines[token.start[0]] = _ids(match)
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, LookupError):
        return lines
    return lines


def with_rejected(ignored: Ignored, places: Iterable[tuple[str, int]]) -> Ignored:
    """The same with the lines of definitions, as (path, line), that a review rejected."""
    found: dict[str, dict[int, frozenset[str]]] = {path: dict(lines) for path, lines in ignored.items()}
    for path, line in places:
        found.setdefault(path, {})[line] = frozenset({REJECTED})
    return found


def ignored_in_template(source: bytes) -> Mapping[int, frozenset[str]]:
    """The lines of a template with such a comment, in the form `{# amigrate: ignore[id] #}`."""
    lines = source.split(b"\n") if b"amigrate:" in source else []
    found = ((number, _IN_TEMPLATE.search(line.decode("latin-1"))) for number, line in enumerate(lines, 1))
    return {number: _ids(match) for number, match in found if match}


def _ids(match: re.Match[str]) -> frozenset[str]:
    return frozenset((match.group(1) or "").replace(",", " ").split())


def is_ignored(ignored: Ignored, path: str, line: int, codemod: str) -> bool:
    """Whether the codemod is turned off on this line."""
    ids = ignored.get(path, {}).get(line)
    return ids is not None and (not ids or codemod in ids or REJECTED in ids)


def why_ignored(ignored: Ignored, path: str, line: int, codemod: str, where: str = "here") -> str:
    """Why the codemod is turned off on this line, "" when it is not."""
    if not is_ignored(ignored, path, line, codemod):
        return ""
    return REJECTED if REJECTED in ignored[path][line] else f"a comment says to ignore {codemod} {where}"

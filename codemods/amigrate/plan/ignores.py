"""`# amigrate: ignore[id, …]` comments: on a line, or on a `def` or `class` for its whole body."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Mapping

_COMMENT = re.compile(r"#\s*amigrate:\s*ignore(?:\[([\w\s,.-]*)\])?")

# path -> line -> ids; an empty set means all codemods
Ignored = Mapping[str, Mapping[int, frozenset[str]]]


def ignored_lines(sources: Mapping[str, bytes]) -> Ignored:
    """The lines with such a comment, of all files that have one."""
    found: dict[str, Mapping[int, frozenset[str]]] = {}
    for path, source in sources.items():
        if b"amigrate:" in source and (lines := _lines(source)):
            found[path] = lines
    return found


def _lines(source: bytes) -> dict[int, frozenset[str]]:
    lines: dict[int, frozenset[str]] = {}
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
                ids = (match.group(1) or "").replace(",", " ").split()
                lines[token.start[0]] = frozenset(ids)
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, LookupError):
        return lines
    return lines


def is_ignored(ignored: Ignored, path: str, line: int, codemod: str) -> bool:
    """Whether a comment on this line turns the codemod off."""
    ids = ignored.get(path, {}).get(line)
    return ids is not None and (not ids or codemod in ids)

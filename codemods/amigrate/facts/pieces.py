"""Parsing large files piece by piece: the syntax tree of a whole one takes hundreds of times its bytes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_LARGE = 100_000  # bytes
_PIECE = 50_000
# a definition at the margin, after an empty line: unless that is within a string, nothing before it goes on after it
_START = re.compile(rb"^\r?\n(?=(?:class|def|async def) |@)", re.MULTILINE)


def statements(source: bytes) -> Iterator[list[ast.stmt]]:
    """The statements of a file, in some lists of them, with the positions that they have in it.

    Raises:
        SyntaxError, ValueError: as `ast.parse`; also where only a cut made it wrong, for a file that is large.
    """
    if len(source) < _LARGE or b"coding" in source[:300]:
        yield ast.parse(source).body
        return
    line, start = 0, 0
    for found in _START.finditer(source):
        if found.end() - start >= _PIECE:
            yield ast.parse(b"\n" * line + source[start : found.end()]).body
            line += source.count(b"\n", start, found.end())
            start = found.end()
    yield ast.parse(b"\n" * line + source[start:]).body

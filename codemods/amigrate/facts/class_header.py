"""The number of bases that a `class` statement names, read from its header alone."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path


def base_count(path: str, line: int) -> int | None:
    """The number of bases of the class whose name stands on `line`, or None when that cannot be told.

    None for a starred base, type parameters (`class A[T]`), and a file that is gone or cannot be read.
    """
    header = "".join(_header(iter(_lines(path)[line - 1 :])))
    try:
        statement = ast.parse(f"{header}: pass").body[0]
    except SyntaxError:
        return None
    if not isinstance(statement, ast.ClassDef) or any(isinstance(base, ast.Starred) for base in statement.bases):
        return None
    return len(statement.bases)


def _header(lines: Iterator[str]) -> list[str]:
    """The text from `class` up to its colon, in pieces that can be joined."""
    pieces: list[str] = []
    depth = 0
    try:
        for token in tokenize.generate_tokens(lambda: next(lines, "")):
            if token.string == ":" and depth == 0:
                break
            depth += (token.string in "([{") - (token.string in ")]}") if token.type == tokenize.OP else 0
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.NEWLINE):
                pieces.append(f"{token.string} ")
    except (tokenize.TokenError, SyntaxError):
        return []
    return pieces


@lru_cache(maxsize=8)
def _lines(path: str) -> list[str]:
    try:
        with tokenize.open(Path(path)) as file:
            return file.read().splitlines(keepends=True)
    except (OSError, SyntaxError, ValueError):
        return []

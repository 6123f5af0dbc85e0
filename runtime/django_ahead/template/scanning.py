"""Where the template files of an engine use given names, outside of `{% await %}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template.base import Lexer, Token, TokenType
from django.template.engine import Engine

# What these take may be awaited later: they only give it a name.
_HAND_ON = ("await", "with", "include")
# Larger files are data, not templates.
_LARGEST = 1_000_000
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\'[^\'\\]*(?:\\.[^\'\\]*)*\'')


@dataclass(frozen=True, slots=True)
class Use:
    """A lookup of `name`, as in `user.orders.first` (the expression up to the name), on a line of a template."""

    template: str
    line: int
    expression: str
    name: str


def uses(engine: Engine, names: frozenset[str]) -> Iterator[Use]:
    """Each use of one of `names` after a dot, if it is neither awaited nor only handed on.

    Files that are not text, and those of Django itself, are passed over.
    """
    alternatives = "|".join(map(re.escape, sorted(names)))
    lookup = re.compile(rf"[\w.]*\w\.({alternatives})\b(?!\s*=|\s*\|\s*awaited\b)")
    for path in _files(engine):
        try:
            text = path.read_text(engine.file_charset)
        except (OSError, ValueError):
            continue
        if lookup.search(text):
            yield from _uses_in(path, text, lookup)


def _uses_in(path: Path, text: str, lookup: re.Pattern[str]) -> Iterator[Use]:
    in_comment = False
    for token in Lexer(text).tokenize():
        if token.token_type is TokenType.BLOCK:
            tag = token.contents.partition(" ")[0]
            if tag in ("comment", "endcomment"):
                in_comment = tag == "comment"
            elif tag in _HAND_ON:
                continue
        if not in_comment and token.token_type in (TokenType.BLOCK, TokenType.VAR):
            yield from (
                Use(str(path), _line(token), found[0], found[1]) for found in lookup.finditer(_code(token.contents))
            )


def _code(contents: str) -> str:
    """What is in quotes is text. The quotes stay, so that `"a"b` does not become a name."""
    return _STRING.sub('""', contents)


def _line(token: Token) -> int:
    return token.lineno or 1


def _files(engine: Engine) -> Iterator[Path]:
    seen: set[Path] = set()
    for loader in engine.template_loaders:
        for folder in _folders(loader):
            if "/django/contrib/" in folder.as_posix() or folder in seen:
                continue
            seen.add(folder)
            yield from (file for file in sorted(folder.rglob("*")) if file.is_file() and file.stat().st_size < _LARGEST)


def _folders(loader: Any) -> Iterator[Path]:
    """Those of a filesystem loader, and of the loaders that a cached one holds."""
    for inner in getattr(loader, "loaders", ()):
        yield from _folders(inner)
    if hasattr(loader, "get_dirs"):
        yield from map(Path, loader.get_dirs())

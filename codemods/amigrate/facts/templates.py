"""Names that the project's templates use: a function that a template may call must stay sync."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_TAG = re.compile(rb"\{[{%](.*?)[%}]\}", re.DOTALL)
_NAME = re.compile(rb"[A-Za-z_]\w*")
_LIMIT = 2_000_000  # a larger file is no template


def names_of(text: str) -> set[str]:
    """Every identifier inside `{{ }}` and `{% %}` of a template in a string."""
    source = text.encode("utf-8", "surrogatepass")
    return {name.decode("ascii") for tag in _TAG.findall(source) for name in _NAME.findall(tag)}


def names_in(root: Path, paths: Iterable[str]) -> Mapping[str, str]:
    """Every identifier inside `{{ }}` and `{% %}`, with one template that uses it."""
    found: dict[str, str] = {}
    for path in paths:
        try:
            file = root / path
            if file.stat().st_size > _LIMIT:
                continue
            source = file.read_bytes()
        except OSError:
            continue
        for tag in _TAG.findall(source):
            for name in _NAME.findall(tag):
                found.setdefault(name.decode("ascii"), path)
    return found

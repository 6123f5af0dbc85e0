"""The edits of one template that await what is async in it, with `{% load ahead %}` where that is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from amigrate.model import Replacement
from amigrate.templates.tokens import Token, tokens
from amigrate.templates.uses import Names, Use, uses_in

_LIBRARY = "ahead"
_TRANSLATED = {"blocktranslate": "endblocktranslate", "blocktrans": "endblocktrans"}


@dataclass(frozen=True, slots=True)
class Template:
    """The uses of a template, those with edits and those without, and the edit that loads the tags if one is needed."""

    uses: tuple[Use, ...]
    load: Replacement | None = None


def awaited_template(source: bytes, names: Names) -> Template:
    """What a template needs for the names that are async.

    Offsets are those of bytes: the text is read as Latin-1, of which the ASCII that tags are made of is a part.
    """
    text = source.decode("latin-1")
    found = list(tokens(text))
    uses = tuple(use for token in _compiled(found) for use in uses_in(token, text, names))
    edited = [use for use in uses if use.edits]
    if not edited or any(_LIBRARY in token.contents.split() for token in found if token.tag == "load"):
        return Template(uses)
    if any(token.tag == "await" for token in found):
        return Template(uses)  # it is a builtin of the engine
    return Template(uses, _load(text, found, min(use.edits[0].start for use in edited)))


def _compiled(found: Sequence[Token]) -> list[Token]:
    """The tags without the variables in translated blocks, which these look up by themselves."""
    kept, until = [], ""
    for token in found:
        if until:
            until = "" if token.tag == until else until
            continue
        until = _TRANSLATED.get(token.tag, "")
        kept.append(token)
    return kept


def _load(text: str, found: Sequence[Token], first_use: int) -> Replacement:
    """In the first `{% load %}` before the first use, else below `{% extends %}`, else at the very start.

    None of these prints anything: a line more would be in the page.
    """
    for token in found:
        if token.tag == "load" and token.end <= first_use and "from" not in token.contents.split():
            return _in_load(text, token)
    first = found[0]
    if first.tag == "extends":
        newline = "\r\n" if "\r\n" in text else "\n"
        return Replacement(first.end, first.end, f"{newline}{{% load {_LIBRARY} %}}".encode())
    start = len("ï»¿") if text.startswith("ï»¿") else 0
    return Replacement(start, start, f"{{% load {_LIBRARY} %}}".encode())


def _in_load(text: str, token: Token) -> Replacement:
    """Where the names are in order, the new one is too."""
    bits = list(token.bits(text))
    names = [bit for _, bit in bits]
    after = [offset for offset, bit in bits if bit > _LIBRARY]
    if names == sorted(names) and after:
        return Replacement(after[0], after[0], f"{_LIBRARY} ".encode())
    end = token.start + 2 + len(re.sub(r"\s+$", "", text[token.start + 2 : token.end - 2]))
    return Replacement(end, end, f" {_LIBRARY}".encode())

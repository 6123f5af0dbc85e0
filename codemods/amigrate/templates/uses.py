"""Where a tag looks up something async, and what is put in its place.

`{{ a.b }}` becomes `{% await a.b %}`. Elsewhere the filter `awaited` awaits a value right where Django looks it up: no
sooner, and not in a branch that is not taken. What is looked up further on an async part is awaited before the tag,
under a name, where the tag would have looked it up in any case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from amigrate.model import Replacement
from amigrate.templates.tokens import Token

_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_EXPRESSION = re.compile(r"(?P<key>\w+=)?(?P<lookup>[^\W\d]\w*(?:\.\w+)*)(?P<filters>\s*\|.*)?", re.DOTALL)
_LOOKUP = re.compile(r"(?<![\w.\"'])[^\W\d]\w*(?:\.\w+)+")
_AROUND_PIPE = re.compile(r"\s*\|\s*")
# Django's tags that compile their arguments with filters.
FILTERING = frozenset(
    "if elif for with include blocktranslate blocktrans translate trans ifchanged regroup url cycle firstof widthratio "
    "cache language timezone localtime static querystring resetcycle".split()
)
# Those that look all of their arguments up, whatever these are, so that it can be done before.
_HOISTING = frozenset({"if", "for", "with", "include"})
_KEYWORDS = frozenset({"and", "or"})
_SILENT = frozenset("await load extends block endblock comment verbatim csrf_token now templatetag".split())


@dataclass(frozen=True, slots=True)
class Use:
    """A lookup of something async: its offset, how it is written, the name that is async, and the edits that await it.

    `reason` is why there are no edits.
    """

    offset: int
    lookup: str
    name: str
    edits: tuple[Replacement, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What is async by its name after a dot; the names that templates use for anything; the project's own tags."""

    awaited: Collection[str]
    taken: Collection[str]
    tags: Collection[str]


def uses_in(token: Token, text: str, names: Names) -> Iterator[Use]:
    """The uses of something async in one tag."""
    if not token.is_block:
        yield from _variable(token, text, names)
    elif token.tag not in _SILENT:
        yield from _block(token, text, names)


def _variable(token: Token, text: str, names: Names) -> Iterator[Use]:
    found = next(iter(_lookups(token.contents, names)), None)
    match = _EXPRESSION.fullmatch(token.contents)
    if found is None or (match and _is_awaited(match)):
        return
    lookup, name = found
    inside = text[token.start + 2 : token.end - 2]
    lead, tail = inside[: len(inside) - len(inside.lstrip())], inside[len(inside.rstrip()) :]
    new = f"{{%{lead or ' '}await {without_spaces(token.contents)}{tail or ' '}%}}"
    yield Use(token.start, lookup, name, (Replacement(token.start, token.end, new.encode("latin-1")),))


def _block(token: Token, text: str, names: Names) -> Iterator[Use]:
    sure = True
    for offset, bit in token.bits(text):
        sure = sure and bit not in _KEYWORDS
        found = list(_lookups(bit, names))
        if not found:
            continue
        match = _EXPRESSION.fullmatch(bit)
        if match and _is_awaited(match) and len(found) == 1:
            continue
        lookup, name = found[0]
        if token.tag not in FILTERING and token.tag not in names.tags:
            reason = f"it is not known whether {{% {token.tag} %}} takes filters"
            yield Use(offset, lookup, name, reason=reason)
        elif match is None or _parts(match["lookup"], names) == ([], False) or _in_filters(match, names):
            yield Use(offset, lookup, name, reason="the argument of a filter cannot be filtered itself")
        else:
            yield _awaited_in_place(token, offset, match, lookup, name, names, sure=sure)


def _awaited_in_place(
    token: Token, offset: int, match: re.Match[str], lookup: str, name: str, names: Names, *, sure: bool
) -> Use:
    """The use of a lookup in a tag that takes filters."""
    before, at_end = _parts(match["lookup"], names)
    edits: list[Replacement] = []
    if before:
        if token.tag not in _HOISTING or not sure:
            return Use(offset, lookup, name, reason="what is looked up on it cannot be awaited before the tag")
        parts = match["lookup"].split(".")[: before[-1] + 1]
        new = "_".join(parts)
        new = new if new not in names.taken else f"{new}_awaited"
        edits.append(_insertion(token.start, f"{{% await {'.'.join(parts)} as {new} %}}"))
        start = offset + match.start("lookup")
        edits.append(Replacement(start, start + len(".".join(parts)), new.encode("latin-1")))
    if at_end:
        edits.append(_insertion(offset + match.end("lookup"), "|awaited"))
    return Use(offset, lookup, name, tuple(edits))


def _insertion(offset: int, text: str) -> Replacement:
    return Replacement(offset, offset, text.encode("latin-1"))


def _lookups(expression: str, names: Names) -> Iterator[tuple[str, str]]:
    """The lookups of something async in an expression, strings aside, each with its first async name."""
    for match in _LOOKUP.finditer(_STRING.sub('""', expression)):
        name = next((part for part in match[0].split(".")[1:] if part in names.awaited), "")
        if name:
            yield match[0], name


def _parts(lookup: str, names: Names) -> tuple[list[int], bool]:
    """The async parts of a lookup that something is looked up on, and whether the last part is async."""
    parts = lookup.split(".")
    found = [at for at, part in enumerate(parts) if at and part in names.awaited]
    last = bool(found) and found[-1] == len(parts) - 1
    return (found[:-1] if last else found), last


def _is_awaited(match: re.Match[str]) -> bool:
    filters = _AROUND_PIPE.sub("|", match["filters"] or "")
    return filters == "|awaited" or filters.startswith("|awaited|")


def _in_filters(match: re.Match[str], names: Names) -> bool:
    return any(True for _ in _lookups(match["filters"] or "", names))


def without_spaces(expression: str) -> str:
    """An expression without white space around `|`: a block tag splits its arguments there."""
    parts, at = [], 0
    for string in _STRING.finditer(expression):
        parts += [_AROUND_PIPE.sub("|", expression[at : string.start()]), string[0]]
        at = string.end()
    return "".join((*parts, _AROUND_PIPE.sub("|", expression[at:])))

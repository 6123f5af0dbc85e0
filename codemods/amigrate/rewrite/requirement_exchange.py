"""Exchanges requirements in a file of dependencies, or takes them off it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from amigrate.model import Replacement
from amigrate.rewrite.requirement import kinds_of

_NAME = r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[^\]]*\])?"
_LINE = re.compile(rf"^[ \t]*{_NAME}(?P<rest>[^\n]*)(?:\n|\Z)", re.M)
_ITEM = re.compile(rf"(?P<quote>[\"']){_NAME}(?P<rest>[^\"'\n]*)(?P=quote)")
_KEY = re.compile(rf"^[\"']?{_NAME}[\"']?[ \t]*=(?P<rest>[^\n]*)(?:\n|\Z)", re.M)
_WHOLE_LINE = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?\n")


def exchanged(path: str, source: bytes, new: Mapping[str, str]) -> tuple[Replacement, ...]:
    """The edits that put `new` requirements in the place of old ones, by name; with `name[extra]` one that has it.

    An empty text takes the requirement off. No edits where it cannot be done surely: the result is read again.
    """
    try:
        text = source.decode()
    except UnicodeDecodeError:
        return ()
    base = path.rpartition("/")[2]
    for kind in kinds_of(base, text):
        known = kind.names(text)
        if known is None or not any(name in new for name in known):
            continue
        keys = base == "Pipfile" or (base == "pyproject.toml" and "[tool.poetry.dependencies]" in text)
        lines = base.endswith((".txt", ".in", ".cfg"))
        pattern = _LINE if lines else _KEY if keys else _ITEM
        edits = [edit for match in pattern.finditer(text) if (edit := _edit(text, match, new, keys=keys)) is not None]
        expected = [found for name in known if (found := _expected(text, pattern, name, new))]
        after = text
        for start, end, put in sorted(edits, reverse=True):
            after = after[:start] + put + after[end:]
        if sorted(kind.names(after) or ()) == sorted(expected):
            return tuple(
                Replacement(len(text[:start].encode()), len(text[:end].encode()), put.encode())
                for start, end, put in edits
            )
    return ()


def _wanted(match: re.Match[str], new: Mapping[str, str]) -> str | None:
    name = canonicalize_name(match["name"])
    if name not in new:
        return None
    extras = (match["extras"] or "").strip("[]").replace(" ", "").split(",")
    return next((new[f"{name}[{extra}]"] for extra in extras if f"{name}[{extra}]" in new), new[name])


def _edit(text: str, match: re.Match[str], new: Mapping[str, str], *, keys: bool) -> tuple[int, int, str] | None:
    wanted = _wanted(match, new)
    if wanted is None:
        return None
    if wanted and not keys:
        end = match.end("rest") if match.re is _ITEM else match.start("rest") + len(_specifier(match["rest"]))
        return match.start("name"), end, wanted
    if wanted:
        name, _, version = wanted.partition(">=")
        return match.start("name"), match.end("rest"), f'{name} = "{">=" + version if version else "*"}"'
    if match.re is not _ITEM:
        return match.start(), match.end(), ""
    start, rest = text.rfind("\n", 0, match.start()) + 1, _WHOLE_LINE.match(text, match.end())
    if not text[start : match.start()].strip() and rest is not None:
        return start, rest.end(), ""
    comma = re.compile(r"[ \t]*,[ \t]*").match(text, match.end())
    return match.start(), comma.end() if comma is not None else match.end(), ""


def _specifier(rest: str) -> str:
    """The version in the rest of a line, without the comment and markers behind it."""
    return re.split(r"\s*[#;]|\s+--", rest, maxsplit=1)[0].rstrip()


def _expected(text: str, pattern: re.Pattern[str], name: str, new: Mapping[str, str]) -> str:
    if name not in new:
        return name
    found = (m for m in pattern.finditer(text) if canonicalize_name(m["name"]) == name)
    wanted = next((_wanted(match, new) for match in found), "") or ""
    return canonicalize_name(re.split(r"[<>=!~\[ ]", wanted, maxsplit=1)[0]) if wanted else ""

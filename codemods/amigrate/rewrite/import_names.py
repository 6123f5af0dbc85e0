"""The text of one `from … import …` statement with names added and dropped, in the style it is written in."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from amigrate.rewrite.source import split_lines

SortKey = Callable[[str], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class _Name:
    """An imported name, `as` included, at `start:end` of the statement's text."""

    start: int
    end: int
    name: str
    renamed: bool


def with_names(text: str, drop: Sequence[str], add: Sequence[str], limit: int, newline: str) -> str:
    """The statement `text` without the names of `drop` and with those of `add`; "" when no name is left.

    A name whose async form is added (`get` and `aget`) is replaced where it stands, if a sorted list stays sorted. A
    line longer than `limit` is put in brackets, a name a line.
    """
    key = _order([name.name for name in _names(text)])
    left = list(add)
    for name in drop:
        new = next((name_ for name_ in left if name_ == f"a{name}"), None)
        if new is not None and (replaced := _replaced(text, name, new, key)) is not None:
            text = replaced
            left.remove(new)
    for name in left:
        text = _added(text, name, key, newline)
    for name in drop:
        text = _dropped(text, name)
    return _wrapped(text, limit, newline)


def new_statement(module: str, names: Sequence[str], limit: int, newline: str) -> str:
    """A `from module import names` statement; `import module` where there is no name to import from it."""
    if names == [""]:
        return f"import {module}"
    return _wrapped(f"from {module} import {', '.join(sorted(names, key=_isort_key))}", limit, newline)


def _isort_key(name: str) -> tuple[int, str]:
    """The default order of isort and ruff: constants, classes, the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower()


def _case_blind_key(name: str) -> tuple[int, str]:
    return 0, name.lower()


def _plain_key(name: str) -> tuple[int, str]:
    return 0, name


def _order(names: Sequence[str]) -> SortKey | None:
    """The key by which `names` are sorted, if they are."""
    keys = (_isort_key, _case_blind_key, _plain_key)
    return next((key for key in keys if list(names) == sorted(names, key=key)), None)


def _names(text: str) -> list[_Name]:
    if not text:
        return []
    lines = split_lines(text)
    starts = list(accumulate((len(line) for line in lines), initial=0))

    def offset(line: int, col: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:col].decode())

    statement = ast.parse(text).body[0]
    assert isinstance(statement, ast.ImportFrom | ast.Import)
    return [
        _Name(
            offset(alias.lineno, alias.col_offset),
            offset(alias.end_lineno or 0, alias.end_col_offset or 0),
            alias.name,
            alias.asname is not None,
        )
        for alias in statement.names
    ]


def _replaced(text: str, old: str, new: str, key: SortKey | None) -> str | None:
    names = _names(text)
    here = next((name for name in names if name.name == old and not name.renamed), None)
    if here is None:
        return None
    after = [new if name is here else name.name for name in names]
    if key is not None and after != sorted(after, key=key):
        return None
    return text[: here.start] + new + text[here.end :]


def _added(text: str, name: str, key: SortKey | None, newline: str) -> str:
    names = _names(text)
    index = bisect_left([key(other.name) for other in names], key(name)) if key else len(names)
    if index and (indent := _alone(text, names, index - 1)) is not None:
        return _added_below(text, names[index - 1].end, f"{newline}{indent}{name}", last=index == len(names))
    if index < len(names):
        start = names[index].start
        # the first name may stand on the line of the bracket, the others below it
        indent = _alone(text, names, index)
        if indent is None and index == 0 and len(names) > 1:
            indent = _alone(text, names, 1)
        return f"{text[:start]}{name},{' ' if indent is None else newline + indent}{text[start:]}"
    end = names[-1].end
    return f"{text[:end]}, {name}{text[end:]}"


def _added_below(text: str, end: int, new: str, *, last: bool) -> str:
    """`new` below the line of the name that ends at `end`, behind its comma and comment."""
    line = re.compile(r"(?P<comma>[ \t]*,)?(?P<rest>[ \t]*(?:#[^\r\n]*)?)(?=[\r\n])").match(text, end)
    if line is None or (not last and not line["comma"]):
        return f"{text[:end]},{new}{text[end:]}"
    comma = "," if line["comma"] else ""
    return f"{text[:end]}{line['comma'] or ','}{line['rest']}{new}{comma}{text[line.end() :]}"


def _alone(text: str, names: Sequence[_Name], index: int) -> str | None:
    """The indentation of a name that has a line of its own, inside brackets."""
    before = re.search(r"[\r\n]([ \t]*)\Z", text[: names[index].start])
    following = names[index + 1].start if index + 1 < len(names) else None
    shared = following is not None and not re.search(r"[\r\n]", text[names[index].end : following])
    return before[1] if before and not shared and "(" in text[: names[0].start] else None


def _dropped(text: str, name: str) -> str:
    names = _names(text)
    index = next((index for index, other in enumerate(names) if other.name == name), None)
    if index is None:
        return text
    if len(names) == 1:
        return ""
    here = names[index]
    line = re.compile(r"[ \t]*,?[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)").match(text, here.end)
    if _alone(text, names, index) is not None and line is not None:
        start = max(text.rfind("\n", 0, here.start), text.rfind("\r", 0, here.start)) + 1
        return text[:start] + text[line.end() :]
    if index + 1 < len(names):
        return text[: here.start] + text[names[index + 1].start :]
    return text[: names[index - 1].end] + text[here.end :]


def _wrapped(text: str, limit: int, newline: str) -> str:
    if len(text) <= limit or re.search(r"[\r\n]", text):
        return text
    names = _names(text)
    head = text[: names[0].start].rstrip(" \t(")
    lines = [f"    {text[name.start : name.end]},{newline}" for name in names]
    return f"{head} ({newline}{''.join(lines)})"

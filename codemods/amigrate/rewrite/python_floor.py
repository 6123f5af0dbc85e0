"""Raises the lowest Python that pyproject.toml (PEP 621 or Poetry) or setup.cfg asks for."""

from __future__ import annotations

import configparser
import copy
import re
import tomllib
from dataclasses import dataclass

_KEYS = {
    "pyproject.toml": (("project", "requires-python"), ("tool", "poetry", "dependencies", "python")),
    "setup.cfg": (("options", "python_requires"),),
}
# what bounds from below, as pip and as Poetry write it
_BOUND = re.compile(r"(?P<operator>>=?|~=|\^)(?P<space>\s*)3(?:\.\d+){0,2}(?![\w.*])")


@dataclass(frozen=True, slots=True)
class Raised:
    """The bytes from `start` to `end` of a file become `after`."""

    start: int
    end: int
    after: bytes


def raised(path: str, source: bytes, minimum: str) -> tuple[Raised, ...]:
    """The lower bounds of Python as `minimum`, such as "3.10"; nothing where one cannot be raised surely.

    The result is read again: the key must have what was written, and nothing else in the file may be different.
    """
    name = path.rpartition("/")[2]
    try:
        text = source.decode()
    except UnicodeDecodeError:
        return ()
    whole = _parsed(name, text)
    known = [(keys, str(value)) for keys in _KEYS.get(name, ()) if (value := _at(whole, keys)) is not None]
    found = [one for keys, value in known if (one := _raised(name, text, keys, value, minimum)) is not None]
    return tuple(found) if len(found) == len(known) else ()


def _raised(name: str, text: str, keys: tuple[str, ...], value: str, minimum: str) -> Raised | None:
    if len(bounds := list(_BOUND.finditer(value))) != 1:
        return None
    old = bounds[0]
    new = f"{'>=' if old['operator'] == '>' else old['operator']}{old['space']}{minimum}"
    expected = copy.deepcopy(_parsed(name, text))
    table = _at(expected, keys[:-1])
    assert isinstance(table, dict)
    table[keys[-1]] = value.replace(old[0], new)
    for line in re.finditer(rf"^[ \t]*[\"']?{re.escape(keys[-1])}[\"']?[ \t]*=[^\n]*", text, re.M):
        if (at := line[0].find(old[0])) < 0:
            continue
        start = line.start() + at
        before, after = text[:start], text[start + len(old[0]) :]
        if _parsed(name, f"{before}{new}{after}") == expected:
            first = len(before.encode())
            return Raised(first, first + len(old[0].encode()), new.encode())
    return None


def _parsed(name: str, text: str) -> dict[str, object]:
    """What a file says; nothing where it cannot be read."""
    try:
        if name == "pyproject.toml":
            return tomllib.loads(text)
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        parser.read_string(text)
    except (tomllib.TOMLDecodeError, RecursionError, configparser.Error):
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _at(data: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data

"""Takes a rendered type apart: the arguments of one class in it."""

from __future__ import annotations

_OPEN, _CLOSE = "[(", "])"


def type_arguments(text: str, name: str) -> tuple[str, ...]:
    """The arguments of the member `name[...]` of a type or union of types, or () when there is no such member.

    >>> type_arguments("a.B[c.D, dict[str, int]] | None", "a.B")
    ('c.D', 'dict[str, int]')
    """
    for member in _split(text, "|"):
        if member.startswith(f"{name}[") and member.endswith("]"):
            return tuple(_split(member[len(name) + 1 : -1], ","))
    return ()


def _split(text: str, separator: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part.strip() for part in (*parts, text[start:])]

"""The same module written another way: two statements in a line, a block in a line, tabs, comments, other line ends."""

from __future__ import annotations

import ast
from random import Random

COMPOUND = (
    "if ",
    "for ",
    "while ",
    "with ",
    "try",
    "def ",
    "class ",
    "@",
    "match ",
    "case ",
    "else",
    "elif ",
    "except",
    "finally",
)


def laid_out(random: Random, source: str) -> str:
    """The source, changed in its layout; as it is when that would be another program."""
    if random.random() < 0.6:
        return source
    lines = source.splitlines()
    found: list[str] = []
    for line in lines:
        roll = random.random()
        if roll < 0.15 and found and _simple(line) and _simple(found[-1]) and _depth(line) == _depth(found[-1]):
            found[-1] += f"; {line.strip()}"
        elif roll < 0.3 and found and _simple(line) and _opens(found[-1]) and _depth(line) == _depth(found[-1]) + 4:
            found[-1] += f" {line.strip()}"
        elif roll < 0.36 and line and line.startswith((" ", "\t")) and "#" not in line:
            found.append(f"{line}  # {random.choice(('why', 'noqa', 'see below'))}")
        else:
            found.append(line)
    text = "\n".join(found) + "\n"
    if random.random() < 0.15:
        text = "\n".join(_tabbed(line) for line in found) + "\n"
    try:
        same = ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))
    except SyntaxError:
        return source
    if not same:
        return source
    return text.replace("\n", "\r\n") if random.random() < 0.1 else text


def _simple(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith(COMPOUND) and "#" not in text and not text.endswith((":", "(", "\\"))


def _opens(line: str) -> bool:
    return line.strip().startswith(("if ", "for ", "while ", "with ", "else:", "try:", "finally:")) and line.endswith(
        ":"
    )


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _tabbed(line: str) -> str:
    depth = _depth(line)
    return "\t" * (depth // 4) + " " * (depth % 4) + line[depth:]

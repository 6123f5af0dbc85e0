"""What a file may name, told by its bytes: most files need not be parsed to know what they do not mention.

More may be told than there is, since texts and comments count too, but nothing is missed, unless a string or a name is
put together from pieces of which none is the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_IMPORT = re.compile(
    rb"(?:^|[;:])[ \t\f]*(?:from[ \t]*(?P<dots>[. \t]*)(?P<module>[\w\x80-\xff.]*)[ \t]*"
    rb"import\b[ \t]*(?:\((?P<many>[^)]*)|(?P<names>(?:\\\r?\n|[^\n])*))"
    rb"|import\b[ \t]*(?P<modules>(?:\\\r?\n|[^\n])*))",
    re.MULTILINE,
)
_REMARK = re.compile(rb"#[^\n]*|\\\r?\n")


def may_be_string(source: bytes, text: str) -> bool:
    """Whether a string in a file may be `text`, or end with it."""
    return any(text.encode() + quote in source for quote in (b"'", b'"'))


def may_be_attribute(source: bytes, names: Iterable[str]) -> bool:
    """Whether a file may read or assign one of these attributes: it stands after a dot, or begins a line."""
    return any(_stands(source, name.encode()) for name in names)


def _stands(source: bytes, name: bytes) -> bool:
    for found in re.finditer(rb"%b\b" % re.escape(name), source):
        line = source.rfind(b"\n", 0, found.start()) + 1
        before = source[line : found.start()].rstrip()
        # what stands before it on its line, or, where that is nothing, the line itself begins with it
        if not before or before.endswith(b"."):
            return True
    return False


def imports_in(source: bytes) -> Iterator[tuple[int, str, str]]:
    """What a file may import: the level of a relative import, the module, and the name in it, "" for the module itself.

    Raises:
        ValueError: there is an import that cannot be told without parsing the file.
    """
    for found in _IMPORT.finditer(source):
        if found["modules"] is not None:
            yield from ((0, name, "") for name in _names(found["modules"]))
        else:
            if b"#" in (found["many"] or b""):
                raise ValueError("a comment between the names may end them")
            level, module = found["dots"].count(b"."), found["module"].decode("utf-8", "replace")
            level += len(module) - len(module.lstrip("."))
            yield from ((level, module.lstrip("."), name) for name in _names(found["many"] or found["names"] or b""))


def may_import(source: bytes, package: str) -> bool:
    """Whether a file may import a package, or something of it, by an absolute name."""
    try:
        return any(
            not level and (home or name).partition(".")[0] == package for level, home, name in imports_in(source)
        )
    except ValueError:
        return True


def _names(text: bytes) -> Iterator[str]:
    """The names of an import, without those that they get."""
    for part in _REMARK.sub(b" ", text).split(b","):
        if words := part.split():
            yield words[0].decode("utf-8", "replace").rstrip(";")

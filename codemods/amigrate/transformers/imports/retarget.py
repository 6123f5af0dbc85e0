"""`retarget`: imports from django_ahead become imports from Django, where the target Django has the name.

It works on whole files, on request. Which names Django has, and since when, is the runtime's own table as data.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from amigrate.codemod import Imports, Metadata
from amigrate.rewrite.import_names import with_names
from amigrate.rewrite.imports import apply_imports
from amigrate.rewrite.source import Source, decode, parse_ast
from amigrate.rewrite.splice import Piece, join

META = Metadata(
    id="retarget",
    summary="Import from Django what the target Django has by now, in place of django_ahead (only if selected)",
    why=(
        "django_ahead stands in for what older Djangos lack. Once the oldest Django that a project supports has a "
        "function with the same parameters, the import can name Django itself; django_ahead hands on that very object."
    ),
    fix_safety="Safe: it is the same object, under the same name.",
    links=("https://docs.djangoproject.com/en/stable/topics/async/#async-views",),
    when_not=(
        "Imports in a `try`, which try several Djangos, stay. So do functions that stand in for a method of Django: "
        "these are named, as their calls have another form there."
    ),
)
ID = META.id
_PACKAGE = "django_ahead"


@dataclass(frozen=True, slots=True)
class Native:
    """What Django has of a public name of django_ahead; `same` as in `django_ahead.native`."""

    django: str
    since: tuple[int, int]
    same: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A name whose import stays although Django has it: the line, the name, and Django's."""

    line: int
    public: str
    django: str


def version_of(text: str) -> tuple[int, int]:
    """ "5.2" as numbers."""
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


@cache
def natives() -> Mapping[str, Native]:
    """By the public name of django_ahead, what some Django has of it."""
    table = json.loads(files("amigrate.django_api").joinpath("runtime.json").read_text(encoding="utf-8"))
    return {
        row["public"]: Native(row["django"], version_of(row["since"]), row["same"])
        for row in table
        if row["since"] is not None
    }


def retarget(source: bytes, path: str, django: tuple[int, int]) -> bytes:
    """`source` with the imports that this Django has from Django.

    Raises:
        RewriteError: the file cannot be parsed, or an import would take a name that means something else.
    """
    text, tree = decode(path, source), parse_ast(source)
    pieces: list[Piece] = []
    needed: set[tuple[str, str]] = set()
    for statement in _statements(tree):
        moved = {alias: native for alias, native in _natives_in(statement, django) if native.same}
        if not moved:
            continue
        top = statement in tree.body and len(tree.body) > 1 and path.rpartition("/")[2] != "__init__.py"
        merged = {alias for alias in moved if top and alias.asname is None and _is_alone(text, statement)}
        modules = {alias: _split(native.django)[0] for alias, native in moved.items()}
        if _is_alone(text, statement) or (len(moved) == len(statement.names) and len(set(modules.values())) == 1):
            needed |= {_split(moved[alias].django) for alias in merged}
            pieces.append(_piece(text, statement, modules, merged))
    after, _ = join(text, pieces)
    return apply_imports(after, Imports(needed=needed), path) if needed else after


def left_alone(source: bytes, django: tuple[int, int]) -> Iterator[Left]:
    """The imports of names that this Django has in another form."""
    for statement in _statements(parse_ast(source)):
        for alias, native in _natives_in(statement, django):
            if not native.same:
                yield Left(statement.lineno, f"{statement.module}.{alias.name}", native.django)


def _statements(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """The imports of names from django_ahead, but for those that a `try` guards."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Try):
            continue
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == _PACKAGE:
            yield node
        pending += ast.iter_child_nodes(node)


def _natives_in(statement: ast.ImportFrom, django: tuple[int, int]) -> Iterator[tuple[ast.alias, Native]]:
    for alias in statement.names:
        native = natives().get(f"{statement.module}.{alias.name}")
        if native is not None and native.since <= django:
            yield alias, native


def _split(dotted: str) -> tuple[str, str]:
    module, _, name = dotted.rpartition(".")
    return module, name


def _is_alone(text: Source, statement: ast.ImportFrom) -> bool:
    """Whether no other statement shares its lines."""
    last = statement.end_lineno or statement.lineno
    before = text.lines[statement.lineno - 1][: text.char_col(statement.lineno, statement.col_offset)]
    behind = text.lines[last - 1][text.char_col(last, statement.end_col_offset or 0) :].strip()
    return not before.strip() and (not behind or behind.startswith("#"))


def _piece(text: Source, statement: ast.ImportFrom, moved: Mapping[ast.alias, str], merged: set[ast.alias]) -> Piece:
    """The statement without what moves. What is not merged into other imports gets one of its own above it."""
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    lines = "".join(text.lines[first - 1 : last])
    start = text.char_col(first, statement.col_offset)
    stop = len(lines) - len(text.lines[last - 1]) + text.char_col(last, statement.end_col_offset or 0)
    own = [(alias, module) for alias, module in moved.items() if alias not in merged]
    if len(own) == len(statement.names) and len({module for _, module in own}) == 1:
        named = re.escape(statement.module or "").replace(r"\.", r"\s*\.\s*")
        return Piece(first - 1, last, lines[:start] + re.sub(named, own[0][1], lines[start:], count=1))
    newline = text.newline(first)
    alone = "".join(
        f"from {module} import {alias.name}{f' as {alias.asname}' if alias.asname else ''}{newline}{lines[:start]}"
        for alias, module in own
    )
    rest = with_names(lines[start:stop], [alias.name for alias in moved], [], 120, newline)
    if rest:
        return Piece(first - 1, last, lines[:start] + alone + rest + lines[stop:])
    left = lines[:start] + alone.removesuffix(newline + lines[:start]) + lines[stop:] if own else ""
    return Piece(first - 1, last, left)

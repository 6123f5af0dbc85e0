"""Where a new import line belongs among the imports of a module: by block, and by the alphabet in its block."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from enum import IntEnum
from itertools import takewhile
from typing import NamedTuple

from amigrate.rewrite.source import Source

Import = ast.Import | ast.ImportFrom


class Kind(IntEnum):
    """The sections of isort, in their order."""

    FUTURE = 0
    STDLIB = 1
    THIRD_PARTY = 2
    FIRST_PARTY = 3
    LOCAL = 4


class Place(NamedTuple):
    """The line (from 0) to insert before, and whether blank lines must go around what is inserted."""

    line: int
    blank_before: bool
    blank_after: int


def kind_of(module: str, path: str) -> Kind:
    """The section of a module, as seen from the file at `path`."""
    top = module.partition(".")[0]
    if not top:
        return Kind.LOCAL
    if top == "__future__":
        return Kind.FUTURE
    if top in sys.stdlib_module_names:
        return Kind.STDLIB
    return Kind.FIRST_PARTY if top in path.split("/")[:-1] else Kind.THIRD_PARTY


def module_of(statement: Import) -> str:
    """The module that an import statement names first, with the dots of a relative one."""
    if isinstance(statement, ast.Import):
        return statement.names[0].name
    return "." * statement.level + (statement.module or "")


def place(source: Source, tree: ast.Module, module: str, *, whole: bool = False) -> Place:
    """Where `from module import …` belongs as a new line, or, for the `whole` module, `import module`."""
    imports = [
        statement
        for statement in takewhile(lambda node: not isinstance(node, ast.ClassDef | ast.FunctionDef), tree.body)
        if isinstance(statement, Import)
    ]
    kind = kind_of(module, source.path)
    top = module.partition(".")[0]
    blocks = _blocks(source, imports)
    own = next((block for block in blocks if any(module_of(item).partition(".")[0] == top for item in block)), None)
    own = own or next((block for block in blocks if any(_kind(source, item) is kind for item in block)), None)
    if own is not None:
        return Place((_whole_line_in if whole else _line_in)(source, tree, own, module), False, 0)
    earlier = [item for item in imports if _kind(source, item) < kind]
    if earlier:
        line = _line_after(tree, earlier[-1])
        return Place(line, True, 0 if _blank(source, line) else 1)
    if imports:
        return Place(_line_above(source, tree, imports[0]), False, 1)
    return _first_place(source, tree)


def _kind(source: Source, statement: Import) -> Kind:
    return kind_of(module_of(statement), source.path)


def _blocks(source: Source, imports: Sequence[Import]) -> list[list[Import]]:
    """Imports with neither blank lines nor other code between them."""
    blocks: list[list[Import]] = []
    for statement in imports:
        if blocks:
            between = source.lines[blocks[-1][-1].end_lineno or 0 : statement.lineno - 1]
            if all(line.lstrip().startswith("#") for line in between):
                blocks[-1].append(statement)
                continue
        blocks.append([statement])
    return blocks


def _line_in(source: Source, tree: ast.Module, block: Sequence[Import], module: str) -> int:
    """The line of a module in its block: where the alphabet says, if the block follows it, or else after its likes."""
    kind = kind_of(module, source.path)
    alike = [item for item in block if _kind(source, item) is kind] or list(block)
    froms = [item for item in alike if isinstance(item, ast.ImportFrom)]
    last_from = froms[-1].lineno if froms else 0
    mixed = any(isinstance(item, ast.Import) and froms and froms[0].lineno < item.lineno < last_from for item in alike)
    peers = alike if mixed or not froms else froms
    keys = [module_of(item).lower() for item in peers]
    if froms and keys == sorted(keys):
        following = next((item for item, key in zip(peers, keys, strict=True) if key > module.lower()), None)
        if following is not None:
            first = following is block[0]
            return _line_of(tree, following) if first else _line_above(source, tree, following)
        return _line_after(tree, peers[-1])
    top = module.partition(".")[0]
    related = [item for item in peers if module_of(item).partition(".")[0] == top]
    return _line_after(tree, (related or peers)[-1])


def _whole_line_in(source: Source, tree: ast.Module, block: Sequence[Import], module: str) -> int:
    """The line of `import module` in its block: by the alphabet among its likes, which stand above the from-imports."""
    kind = kind_of(module, source.path)
    alike = [item for item in block if _kind(source, item) is kind] or list(block)
    plain = [item for item in alike if isinstance(item, ast.Import)]
    keys = [module_of(item).lower() for item in alike]
    peers = alike if keys == sorted(keys) and len(plain) < len(alike) and plain else plain
    following = next((item for item in peers or alike if not peers or module_of(item).lower() > module.lower()), None)
    if following is None:
        return _line_after(tree, peers[-1])
    return _line_of(tree, following) if following is block[0] else _line_above(source, tree, following)


def _line_of(tree: ast.Module, statement: ast.stmt) -> int:
    """The first line of a statement, or the line after it when it shares its line with one before."""
    earlier = tree.body[: tree.body.index(statement)]
    shared = any((other.end_lineno or 0) >= statement.lineno for other in earlier)
    return _line_after(tree, statement) if shared else statement.lineno - 1


def _line_above(source: Source, tree: ast.Module, statement: ast.stmt) -> int:
    """The first of the comment lines directly above a statement; not above those that open the file."""
    line = _line_of(tree, statement)
    above = line
    while above > 0 and source.lines[above - 1].lstrip().startswith("#"):
        above -= 1
    return above if above > 0 else line


def _line_after(tree: ast.Module, statement: ast.stmt) -> int:
    """The line after a statement and all that shares its last line."""
    end = statement.end_lineno or statement.lineno
    for other in tree.body:
        if other.lineno <= end < (other.end_lineno or 0):
            end = other.end_lineno or end
    return end


def _first_place(source: Source, tree: ast.Module) -> Place:
    """The place of the first import of a module: below its docstring, or else above its first statement."""
    body = tree.body
    documented = ast.get_docstring(tree, clean=False) is not None
    following = body[documented : documented + 1]
    blank = 1
    if following and isinstance(following[0], ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        blank = 2
    if documented:
        line = _line_after(tree, body[0])
        return Place(line, True, 0 if _blank(source, line) else blank if following else 0)
    if not following:
        return Place(len(source.lines), False, 0)
    first = following[0]
    decorators: list[ast.expr] = getattr(first, "decorator_list", [])
    line = min([first.lineno, *(item.lineno for item in decorators)]) - 1
    return Place(line, False, blank)


def _blank(source: Source, line: int) -> bool:
    return line >= len(source.lines) or not source.lines[line].strip()

"""Writes the imports that rewriting asked for, and removes those that it left unused, as a careful person would.

A name goes into the import of its module if there is one at the top level, in the style and order of that statement; or
else on a new line in the block where it belongs. Nothing is added inside `if`, `try` or functions.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from amigrate.codemod import Imports
from amigrate.rewrite.beside import removal
from amigrate.rewrite.import_names import new_statement, with_names
from amigrate.rewrite.import_places import kind_of, module_of, place
from amigrate.rewrite.import_scope import bound_names, used_names
from amigrate.rewrite.source import RewriteError, Source, decode, parse_ast
from amigrate.rewrite.splice import Piece, join

Pair = tuple[str, str]


# `noqa` for everything, or for unused imports; that of an import that stands low (E402) is about its place
_KEPT = re.compile(r"#\s*noqa(?!\s*:)|#\s*noqa\s*:[^#]*\bF", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImportChange:
    """One import statement that is new, changed or gone, and the (module, name) pairs that it is about."""

    piece: Piece
    before: str
    after: str
    pairs: frozenset[Pair]
    reason: str


Step = Callable[[Source, ast.Module, Imports], tuple[ImportChange, ...]]


def apply_imports(source: bytes, imports: Imports, path: str = "") -> bytes:
    """`source` with the imports that `imports` needs and without those that it leaves unused.

    Args:
        source: a Python file, already rewritten.
        imports: what was asked for.
        path: where the file stands: an `__init__.py` keeps its imports, and the folders tell first-party modules.

    Raises:
        RewriteError: when the file cannot be parsed, or a needed name already means something else in it.
    """
    for step in STEPS:
        text = decode(path, source)
        source, _ = join(text, [change.piece for change in step(text, parse_ast(source), imports)])
    return source


def new_lines(source: Source, tree: ast.Module, imports: Imports) -> tuple[ImportChange, ...]:
    """New statements for the modules that have none to add to."""
    names: dict[tuple[bool, str], list[str]] = defaultdict(list)  # whether it is a from-import, the module
    for module, name in _missing(tree, imports):
        if not name or _statement_for(tree, module) is None:
            names[bool(name), module].append(name)
    places = sorted((place(source, tree, key[1], whole=not key[0]), kind_of(key[1], source.path), key) for key in names)
    changes = []
    for (line, before, after), group in groupby(places, key=lambda item: item[0]):
        newline = source.newline(max(line, 1))
        kinds = []
        ordered = sorted(group, key=lambda item: (item[1], item[2][0], item[2][1].lower()))
        for _, members in groupby(ordered, key=lambda item: item[1]):
            keys = [key for _, _, key in members]
            kinds.append([new_statement(key[1], names[key], _limit(source), newline) for key in keys])
        blocks = [newline.join(statements) for statements in kinds]
        text = (newline * 2).join(blocks) + newline
        shown = newline.join(blocks)
        if 0 < line == len(source.lines) and not source.lines[-1].endswith(("\n", "\r")):
            text = newline + text[: -len(newline)]  # the file keeps its missing final newline
        text = newline * before + text + newline * after
        pairs = frozenset((key[1], name) for where, _, key in places if where[0] == line for name in names[key])
        changes.append(ImportChange(Piece(line, line, text), "", shown, pairs, _reason(pairs, frozenset())))
    return tuple(changes)


def changed_statements(source: Source, tree: ast.Module, imports: Imports) -> tuple[ImportChange, ...]:
    """The statements that get names or lose unused ones, or go away with their last name."""
    drop = _unused(source, tree, imports)
    add: dict[ast.ImportFrom, list[Pair]] = defaultdict(list)
    for pair in _missing(tree, imports):
        losing = (s for s in drop if isinstance(s, ast.ImportFrom) and module_of(s) == pair[0])
        statement = next(losing, None) or _statement_for(tree, pair[0])
        if statement is not None and pair[1]:
            add[statement].append(pair)
    changes = []
    for each in sorted({*drop, *add}, key=lambda item: item.lineno):
        gone = drop.get(each, [])
        new = add.get(each, []) if isinstance(each, ast.ImportFrom) else []
        head, before, tail = _text_of(source, each)
        newline = source.newline(each.lineno)
        lost = [name or module for module, name in gone]
        after = with_names(before, lost, [name for _, name in new], _limit(source), newline)
        first, stop = each.lineno - 1, each.end_lineno or each.lineno
        if after:
            piece = Piece(first, stop, head + after + tail)
        elif head.strip() or (tail.strip() and not tail.lstrip().startswith("#")):
            continue  # shares its line with other code: an unused import does no harm
        else:
            piece = removal(source, first, stop)
        reason = _reason(frozenset(new), frozenset(gone))
        changes.append(ImportChange(piece, before, after, frozenset([*gone, *new]), reason))
    return tuple(changes)


# New lines come first: the block they belong to may be about to lose its last statement.
STEPS: tuple[Step, ...] = (new_lines, changed_statements)


def _missing(tree: ast.Module, imports: Imports) -> list[Pair]:
    pairs, names = bound_names(tree)
    missing = sorted(imports.needed - pairs)
    for name in _moving(imports) & {name for _, name in pairs & imports.replaced}:
        names.pop(name, None)
    for module, name in missing:
        if not name and module in names:
            raise RewriteError(f"line {names[module]}: the name {module} is taken, so it cannot be imported; rename it")
        if name in names:
            raise RewriteError(
                f"line {names[name]}: the name {name} is taken, so {name} cannot be imported from {module}; rename it"
            )
    return missing


def _moving(imports: Imports) -> set[str]:
    """The names that are imported from another module than before."""
    return {name for _, name in imports.needed} & {name for _, name in imports.replaced if name}


def _unused(source: Source, tree: ast.Module, imports: Imports) -> dict[ast.ImportFrom | ast.Import, list[Pair]]:
    """By statement the replaced names that nothing uses any more. A package's names and those marked `noqa` stay."""
    unused: dict[ast.ImportFrom | ast.Import, list[Pair]] = defaultdict(list)
    if not imports.replaced or source.path.rpartition("/")[2] == "__init__.py":
        return unused
    used = used_names(tree, "".join(source.lines))
    for statement in tree.body:
        if not isinstance(statement, ast.ImportFrom | ast.Import):
            continue
        if any(_KEPT.search(line) for line in source.lines[statement.lineno - 1 : statement.end_lineno]):
            continue
        for alias in statement.names:
            plain = isinstance(statement, ast.Import)
            pair = (alias.name, "") if plain else (module_of(statement), alias.name)
            if pair not in imports.replaced or pair in imports.needed:
                continue
            exported = alias.asname == alias.name  # `import x as x` says that it is a re-export
            moved = alias.asname is None and pair[1] in _moving(imports)
            if not exported and (moved or (alias.asname or alias.name) not in used):
                unused[statement].append(pair)
    return unused


def _statement_for(tree: ast.Module, module: str) -> ast.ImportFrom | None:
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and module_of(statement) == module and statement.names[0].name != "*":
            return statement
    return None


def _text_of(source: Source, statement: ast.stmt) -> tuple[str, str, str]:
    """The text of the statement's lines: before it, itself, behind it."""
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    lines = source.lines[first - 1 : last]
    start = source.char_col(first, statement.col_offset)
    behind = len(lines[-1]) - source.char_col(last, statement.end_col_offset or 0)
    text = "".join(lines)
    return text[:start], text[start : len(text) - behind], text[len(text) - behind :]


def _limit(source: Source) -> int:
    """How long a line may be: as the longest one of the file, within reason."""
    return min(120, max(79, max((len(line.rstrip()) for line in source.lines), default=0)))


def _reason(new: frozenset[Pair], gone: frozenset[Pair]) -> str:
    parts = []
    if new:
        parts.append(f"imports {', '.join(sorted(name or module for module, name in new))}")
    if gone:
        parts.append(f"{', '.join(sorted(name or module for module, name in gone))} is no longer used")
    return "; ".join(parts)

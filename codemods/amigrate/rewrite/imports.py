"""Writes the imports that rewriting asked for, and removes those that it left unused, as a careful person would.

A name goes into the import of its module if there is one at the top level, in the style and order of that statement; or
else on a new line in the block where it belongs. Nothing is added inside `if`, `try` or functions.
"""

from __future__ import annotations

import ast
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
    names: dict[str, list[str]] = defaultdict(list)
    for module, name in _missing(tree, imports):
        if _statement_for(tree, module) is None:
            names[module].append(name)
    places = sorted((place(source, tree, module), kind_of(module, source.path), module) for module in names)
    changes = []
    for (line, before, after), group in groupby(places, key=lambda item: item[0]):
        newline = source.newline(max(line, 1))
        kinds = []
        for _, members in groupby(sorted(group, key=lambda item: (item[1], item[2].lower())), key=lambda item: item[1]):
            modules = [module for _, _, module in members]
            kinds.append([new_statement(module, names[module], _limit(source), newline) for module in modules])
        blocks = [newline.join(statements) for statements in kinds]
        text = (newline * 2).join(blocks) + newline
        shown = newline.join(blocks)
        if 0 < line == len(source.lines) and not source.lines[-1].endswith(("\n", "\r")):
            text = newline + text[: -len(newline)]  # the file keeps its missing final newline
        text = newline * before + text + newline * after
        pairs = frozenset((module, name) for where, _, module in places if where[0] == line for name in names[module])
        changes.append(ImportChange(Piece(line, line, text), "", shown, pairs, _reason(pairs, frozenset())))
    return tuple(changes)


def changed_statements(source: Source, tree: ast.Module, imports: Imports) -> tuple[ImportChange, ...]:
    """The statements that get names or lose unused ones, or go away with their last name."""
    drop = _unused(source, tree, imports)
    add: dict[ast.ImportFrom, list[Pair]] = defaultdict(list)
    for pair in _missing(tree, imports):
        losing = (statement for statement in drop if module_of(statement) == pair[0])
        statement = next(losing, None) or _statement_for(tree, pair[0])
        if statement is not None:
            add[statement].append(pair)
    changes = []
    for statement in sorted({*drop, *add}, key=lambda item: item.lineno):
        gone, new = drop.get(statement, []), add.get(statement, [])
        head, before, tail = _text_of(source, statement)
        newline = source.newline(statement.lineno)
        after = with_names(before, [name for _, name in gone], [name for _, name in new], _limit(source), newline)
        first, stop = statement.lineno - 1, statement.end_lineno or statement.lineno
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
    for module, name in missing:
        if name in names:
            raise RewriteError(
                f"line {names[name]}: the name {name} is taken, so {name} cannot be imported from {module}; rename it"
            )
    return missing


def _unused(source: Source, tree: ast.Module, imports: Imports) -> dict[ast.ImportFrom, list[Pair]]:
    """By statement the replaced names that nothing uses any more. A package's names and those marked `noqa` stay."""
    unused: dict[ast.ImportFrom, list[Pair]] = defaultdict(list)
    if not imports.replaced or source.path.rpartition("/")[2] == "__init__.py":
        return unused
    used = used_names(tree, "".join(source.lines))
    for statement in tree.body:
        if not isinstance(statement, ast.ImportFrom):
            continue
        if any("# noqa" in line.lower() for line in source.lines[statement.lineno - 1 : statement.end_lineno]):
            continue
        for alias in statement.names:
            pair = (module_of(statement), alias.name)
            if pair not in imports.replaced or pair in imports.needed:
                continue
            exported = alias.asname == alias.name  # `import x as x` says that it is a re-export
            if not exported and (alias.asname or alias.name) not in used:
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
        parts.append(f"imports {', '.join(sorted(name for _, name in new))}")
    if gone:
        parts.append(f"{', '.join(sorted(name for _, name in gone))} is no longer used")
    return "; ".join(parts)

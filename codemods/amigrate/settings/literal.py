"""Where the list of a setting is written: in the settings module, or in one that it takes it from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from amigrate.discover.expressions import dotted

Find = Callable[[str, str], tuple[str, ast.Module] | None]
"""From the path of a module and what it imports (dots first) to the path and the tree of that module."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A list or tuple in a file."""

    path: str
    node: ast.List | ast.Tuple


def literal_of(path: str, tree: ast.Module, name: str, find: Find) -> Literal | None:
    """The list or tuple that an element of the setting `name` can be added to; None when that is not sure.

    Followed are names, sums, `+=`, and `from .base import *`. It is not sure when a condition decides what the whole
    setting is, or when it is computed.
    """
    return _literal_of(path, tree, name, find, frozenset())


def _literal_of(path: str, tree: ast.Module, name: str, find: Find, seen: frozenset[str]) -> Literal | None:
    if f"{path}:{name}" in seen:
        return None
    seen |= {f"{path}:{name}"}
    values = [_value(statement, name) for statement in tree.body]
    plain = [value for value in values if value is not None]
    if _assigned_below(tree, name) or (len(plain) > 1 and any(not _reads(value, name) for value in plain[1:])):
        return None
    if plain and (found := _in_value(path, tree, plain[0], find, seen)) is not None:
        return found
    if plain and not _reads(plain[0], name):
        return None
    for module in _sources_of(tree, name):
        if (found_module := find(path, module)) is not None:
            other, body = found_module
            if (found := _literal_of(other, body, name, find, seen)) is not None:
                return found
    return None


def _value(statement: ast.stmt, name: str) -> ast.expr | None:
    """What a statement of a module assigns to a name."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
            return value
        case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
            return value
    return None


def _assigned_below(tree: ast.Module, name: str) -> bool:
    """Whether a block assigns a value of its own to the name, or an assignment has a form that is not followed."""
    known = {id(statement) for statement in tree.body if _value(statement, name) is not None}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and id(node) not in known and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            stored = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
            if name in stored and not _reads(node.value, name):
                return any(isinstance(target, ast.Name | ast.Tuple | ast.List) for target in targets)
    return False


def _reads(value: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def _in_value(path: str, tree: ast.Module, value: ast.expr, find: Find, seen: frozenset[str]) -> Literal | None:
    match value:
        case ast.List() | ast.Tuple():
            return Literal(path, value)
        case ast.Name(id=name):
            return _literal_of(path, tree, name, find, seen)
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner], keywords=[]):
            return _in_value(path, tree, inner, find, seen)
        case ast.BinOp(op=ast.Add()):
            found = ((part, _in_value(path, tree, part, find, seen)) for part in _summands(value))
            parts = [(part, literal) for part, literal in found if literal is not None]
            return min(parts, key=lambda part: _fitness(*part))[1] if parts else None
    return None


def _summands(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _summands(value.left)
        yield from _summands(value.right)
    else:
        yield value


def _fitness(part: ast.expr, literal: Literal) -> tuple[bool, bool]:
    """Of DJANGO_APPS + THIRD_PARTY_APPS + LOCAL_APPS the second is where a package belongs; not among Django's."""
    of_django = any(
        isinstance(item, ast.Constant) and str(item.value).startswith("django.contrib.") for item in literal.node.elts
    )
    return "THIRD" not in dotted(part).upper(), of_django


def _sources_of(tree: ast.Module, name: str) -> Iterator[str]:
    """The modules that a module takes the name from, the last first."""
    for statement in reversed(tree.body):
        if isinstance(statement, ast.ImportFrom) and any(alias.name in ("*", name) for alias in statement.names):
            yield "." * statement.level + (statement.module or "")

"""Walking syntax trees, over what can hold names and calls only.

`ast.walk` looks at every field of every node, also at contexts and operators, which are two nodes of five. Walking is
what the analysis does most.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

# fields that hold names, contexts and operators
_PLAIN = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "name", "asname", "module", "level", "kind", "type_comment"}
    | {"is_async", "simple", "conversion", "rest", "kwd_attrs", "lineno", "tag"}
)
_BLOCK_FIELDS = frozenset({"body", "handlers", "orelse", "finalbody", "cases"})
_KEPT = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Module})
_LEAVES = (ast.Constant, ast.Global, ast.Nonlocal, ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)


class _Table(dict[type[ast.AST], tuple[str, ...]]):
    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = fields = () if issubclass(kind, _LEAVES) else tuple(f for f in kind._fields if f not in _PLAIN)
        return fields


NODE_FIELDS = _Table()


class _BlockTable(dict[type[ast.AST], tuple[str, ...]]):
    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        holds = issubclass(kind, ast.stmt | ast.mod | ast.excepthandler | ast.match_case)
        self[kind] = fields = tuple(f for f in kind._fields if holds and f in _BLOCK_FIELDS)
        return fields


_BLOCKS = _BlockTable()


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes directly below a node, in the order of their fields, without contexts and operators."""
    for name in NODE_FIELDS[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            for part in value:
                if isinstance(part, ast.AST):
                    yield part
        elif isinstance(value, ast.AST):
            yield value


def inner_statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements directly inside a statement, with the handlers and cases that hold others, in their order."""
    for name in _BLOCKS[type(node)]:
        yield from getattr(node, name)


def walk(node: ast.AST) -> Sequence[ast.AST]:
    """A node and all below it, nearer ones first, as `ast.walk` has them, but without contexts and operators.

    What is below a function or module is remembered with it: trees are not changed once they are parsed.
    """
    if type(node) not in _KEPT:
        return _below(node)
    known: list[ast.AST] | None = node.__dict__.get("_below")
    if known is None:
        known = node.__dict__["_below"] = _below(node)
    return known


def forget_walks(root: ast.AST) -> None:
    """Forgets what is remembered with the functions of a tree: with it, they would not be freed."""
    for node in [part for part in walk(root) if type(part) in _KEPT]:
        node.__dict__.pop("_below", None)
        node.__dict__.pop("_parents", None)


def _below(node: ast.AST) -> list[ast.AST]:
    found = [node]
    for part in found:  # which grows
        for name in NODE_FIELDS[type(part)]:
            value = getattr(part, name, None)
            if type(value) is list:
                found += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def parents(root: ast.AST) -> Mapping[ast.AST, ast.AST]:
    """The parent of every node below a function or module, but of contexts and operators; made once."""
    known: dict[ast.AST, ast.AST] | None = root.__dict__.get("_parents")
    if known is None:
        known = root.__dict__["_parents"] = {}
        for parent in walk(root):
            for name in NODE_FIELDS[type(parent)]:
                value = getattr(parent, name, None)
                if type(value) is list:
                    for one in value:
                        if isinstance(one, ast.AST):
                            known[one] = parent
                elif isinstance(value, ast.AST):
                    known[value] = parent
    return known

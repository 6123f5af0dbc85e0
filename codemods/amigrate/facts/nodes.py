"""Walking syntax trees, over what can hold names and calls only.

`ast.walk` looks at every field of every node, also at contexts and operators, which are two nodes of five. Walking is
what the analysis does most.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

# fields that hold names, contexts and operators
_PLAIN = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "name", "asname", "module", "level", "kind", "type_comment"}
    | {"is_async", "simple", "conversion", "rest", "kwd_attrs", "lineno", "tag"}
)
_LEAVES = (ast.Constant, ast.Global, ast.Nonlocal, ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)


class _Table(dict[type[ast.AST], tuple[str, ...]]):
    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = fields = () if issubclass(kind, _LEAVES) else tuple(f for f in kind._fields if f not in _PLAIN)
        return fields


NODE_FIELDS = _Table()


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


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all below it, nearer ones first, as `ast.walk` has them, but without contexts and operators."""
    found = [node]
    for part in found:  # which grows
        for name in NODE_FIELDS[type(part)]:
            value = getattr(part, name, None)
            if type(value) is list:
                found += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found

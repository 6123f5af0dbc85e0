"""Which expressions mean the view of a URL pattern, and where one is stored: read from syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from amigrate.facts.values import dotted

CALLBACKS = frozenset({"callback", "_callback"})
MATCHED = CALLBACKS | {"func"}  # in a class derived from one of Django's patterns: the view of a ResolverMatch
_PATTERNS = frozenset({"path", "re_path", "url", "URLPattern", "RegexURLPattern"})
_ASKING = frozenset({"getattr", "hasattr", "isinstance", "callable", "str", "repr", "type", "id", "print"})


class Callbacks:
    """Which expressions of a scope mean a view: `pattern.callback`, and the names that it is bound to."""

    def __init__(self, nodes: Sequence[ast.AST], attributes: frozenset[str]) -> None:
        self.attributes = attributes
        self.names: set[str] = set()
        assigned = [
            (node.targets[0].id, node.value)
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        ]
        while more := {name for name, value in assigned if name not in self.names and self.holds(value)}:
            self.names |= more

    def is_view(self, node: ast.AST) -> bool:
        """Whether a node reads a view."""
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes and isinstance(node.ctx, ast.Load)
        return isinstance(node, ast.Name) and node.id in self.names and isinstance(node.ctx, ast.Load)

    def holds(self, node: ast.expr) -> bool:
        """Whether an expression is a view, or what a decorator makes of it."""
        match node:
            case ast.IfExp():
                return self.holds(node.body) or self.holds(node.orelse)
            case ast.Call(args=[first, *rest]):
                if dotted(node.func).rpartition(".")[2] in _ASKING:
                    return False
                return self.holds(first) or (bool(rest) and isinstance(first, ast.Lambda) and self.holds(rest[-1]))
        return self.is_view(node)

    def binds(self, node: ast.Assign) -> bool:
        """Whether an assignment binds one of the names."""
        return isinstance(node.targets[0], ast.Name) and node.targets[0].id in self.names


def stored(nodes: Sequence[ast.AST], attributes: frozenset[str]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is stored as a callback, and the pattern it is stored in: assigned, set by name, or in a new pattern."""
    for node in nodes:
        match node:
            case ast.Assign():
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and target.attr in attributes:
                        yield node.value, target.value
            case ast.Call(func=ast.Name(id="setattr"), args=[holder, ast.Constant(value=str(name)), value]):
                if name in attributes:
                    yield value, holder
            case ast.Call(args=[view, *_]) if dotted(node.func).rpartition(".")[2] == "ResolverMatch":
                inside = (n.value for n in ast.walk(view) if isinstance(n, ast.Attribute) and n.attr in MATCHED)
                yield from ((view, match) for match in list(inside)[:1])
            case ast.Call() if dotted(node.func).rpartition(".")[2] in _PATTERNS:
                views = [*node.args[1:2], *(k.value for k in node.keywords if k.arg in ("view", "callback"))]
                for view in views:
                    inside = (n.value for n in ast.walk(view) if isinstance(n, ast.Attribute) and n.attr in attributes)
                    yield from ((view, pattern) for pattern in list(inside)[:1])


def changes_deep(parents: Mapping[ast.AST, ast.AST], node: ast.AST) -> bool:
    """Whether it is `pattern.callback.view_class.dispatch = …`."""
    parent, depth = parents.get(node), 0
    while isinstance(parent, ast.Attribute):
        node, parent, depth = parent, parents.get(parent), depth + 1
    return depth > 1 and isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)


def applies(node: ast.expr) -> bool:
    """Whether it is `lambda view, decorator: decorator(view)`."""
    match node:
        case ast.Lambda(
            args=ast.arguments(args=[view, decorator]),
            body=ast.Call(func=ast.Name(id=called), args=[ast.Name(id=given)], keywords=[]),
        ):
            return called == decorator.arg and given == view.arg
    return False

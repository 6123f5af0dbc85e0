"""What is around a place in a file that is read without a draft, such as a test."""

from __future__ import annotations

import ast
from collections.abc import Mapping

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Parents = Mapping[ast.AST, ast.AST]


def enclosing(up: Parents, node: ast.AST) -> ast.AST | None:
    """The innermost function, lambda or class that something is in; None at the top of a module."""
    parent = up.get(node)
    while parent is not None and not isinstance(parent, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
        parent = up.get(parent)
    return parent


def why_no_await(up: Parents, node: ast.AST) -> str:
    """Where a node is that no `await` can stand there, such as "in a lambda"; "" when one can."""
    child, parent = node, up.get(node)
    while parent is not None:
        if isinstance(parent, ast.Lambda):
            return "in a lambda"
        if isinstance(parent, _COMPREHENSIONS):
            return "in a comprehension"
        if isinstance(parent, ast.ClassDef):
            return "in a class body"
        if isinstance(parent, FUNCTIONS):
            inside = child in parent.body
            return "" if inside and isinstance(parent, ast.AsyncFunctionDef) else "in a sync function"
        child, parent = parent, up.get(parent)
    return "outside of a function"

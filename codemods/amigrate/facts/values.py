"""Reduced forms of expressions: constants, dotted references, calls and lists."""

from __future__ import annotations

import ast
from typing import TypeAlias

# ("const", value) | ("ref", "a.b.c") | ("call", func, args, ((keyword, value), ...)) | ("attr", value, name)
# | ("list", items) | ("dict",) | ("mapping", values) of a dict whose values are references and calls | None
Value: TypeAlias = tuple | None  # type: ignore[type-arg]  # a recursive tuple: spelled out in the comment above


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute chain, or ""."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
        return ".".join(reversed(parts))
    return ""


def reduce_value(node: ast.AST | None, depth: int = 0) -> Value:
    """The reduced form of an expression; None where it has none."""
    if node is None or depth > 8:
        return None
    if isinstance(node, ast.Constant):
        return ("const", node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        name = dotted(node)
        if name:
            return ("ref", name)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            inner = reduce_value(node.value, depth + 1)
            return ("attr", inner, node.attr) if inner else None
        return None
    if isinstance(node, ast.Call):
        func = dotted(node.func)
        arguments = tuple(reduce_value(a, depth + 1) for a in node.args)
        keywords = tuple((k.arg, reduce_value(k.value, depth + 1)) for k in node.keywords if k.arg)
        if func:
            return ("call", func, arguments, keywords)
        inner = reduce_value(node.func, depth + 1)
        return ("call", inner, arguments, keywords) if inner else None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return ("list", tuple(reduce_value(e, depth + 1) for e in node.elts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = reduce_value(node.left, depth + 1), reduce_value(node.right, depth + 1)
        if left and right and left[0] == right[0] == "list":
            return ("list", left[1] + right[1])
        return left if left and left[0] == "list" else right
    if isinstance(node, ast.Starred):
        return reduce_value(node.value, depth + 1)
    if isinstance(node, ast.Dict):
        values = tuple(reduce_value(v, depth + 1) for v in node.values) if None not in node.keys else ()
        named = bool(values) and all(v is not None and v[0] in ("ref", "call") for v in values)
        return ("mapping", values) if named else ("dict",)
    if isinstance(node, ast.DictComp):
        return ("dict",)
    if isinstance(node, ast.JoinedStr):
        return ("const", "")
    return None


def decorator_name(value: Value) -> str:
    """The dotted name of a decorator, called or not."""
    while value is not None and value[0] in ("call", "attr"):
        value = ("ref", value[1]) if isinstance(value[1], str) else value[1]
    return value[1] if value is not None and value[0] == "ref" else ""

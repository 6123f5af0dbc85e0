"""Which names a module binds at its top level, and which it uses anywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_TYPE_COMMENT = re.compile(r"#\s*type:\s*(.*)")
_WORD = re.compile(r"\w+")
_TAKES_TYPES = {"cast", "TypeVar", "NewType", "ForwardRef", "NamedTuple", "TypedDict"}
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound_names(tree: ast.Module) -> tuple[set[tuple[str, str]], dict[str, int]]:
    """What the top level of a module binds: the (module, name) pairs of its imports that keep their name ("" for the
    module itself), and every name with the line that binds it. Imports for type checkers only bind nothing."""
    pairs: set[tuple[str, str]] = set()
    names: dict[str, int] = {}
    for node in _top_level(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            pairs |= {(module, alias.name) for alias in node.names if alias.asname in (None, alias.name)}
        elif isinstance(node, ast.Import):
            pairs |= {(alias.name, "") for alias in node.names if alias.asname in (None, alias.name)}
        for name in _binds(node):
            names.setdefault(name, getattr(node, "lineno", 1))
    return pairs, names


def used_names(tree: ast.Module, text: str) -> set[str]:
    """The names that a module uses: in code, in `__all__`, in quoted annotations and in type comments."""
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            used.update(node.names)
        for part in _types_in(node):
            for string in ast.walk(part):
                if isinstance(string, ast.Constant) and isinstance(string.value, str):
                    used.update(_WORD.findall(string.value))
    for comment in _TYPE_COMMENT.findall(text):
        used.update(_WORD.findall(comment))
    return used


def _types_in(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node in which a string is a name or a type."""
    match node:
        case ast.arg(annotation=ast.expr() as part) | ast.AnnAssign(annotation=part):
            yield part
        case ast.FunctionDef(returns=ast.expr() as part) | ast.AsyncFunctionDef(returns=ast.expr() as part):
            yield part
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _TAKES_TYPES:
            yield node
        case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"))):
            yield node
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name)) if name[:1].isupper():
            yield node.slice
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AugAssign(target=ast.Name(id="__all__")):
            yield node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "__all__":
        yield from [node.value] if node.value else []


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported, without function and class bodies."""
    stack: list[ast.AST] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, (*_SCOPES, *_DEFINITIONS)):
            continue
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.If) and _for_type_checkers(node.test):
            children = list(node.orelse)
        stack.extend(reversed(children))


def _for_type_checkers(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import():
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        case ast.ImportFrom():
            yield from (alias.asname or alias.name for alias in node.names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name

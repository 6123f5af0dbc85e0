"""The shape of decorators, read from syntax alone: where the function that is decorated goes.

Of `def deco(view): … def wrapper(request): … view(request) …; return wrapper` the *holder* is `deco`, the function
whose parameter is what is decorated, and `wrapper` is what stands for it afterwards.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amigrate.facts.nodes import children, walk
from amigrate.facts.trees import FunctionNode
from amigrate.facts.values import dotted

# what may be done with a function without calling it or keeping it
_HARMLESS = frozenset(
    "wraps update_wrapper available_attrs callable getattr setattr hasattr delattr isinstance signature getfullargspec "
    "getdoc unwrap isclass isfunction ismethod isgeneratorfunction iscoroutinefunction markcoroutinefunction id repr "
    "str bool print debug info warning type".split()
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Uses:
    """How a name is used in a function: the calls of it, and the first use that hands it on (None if there is none)."""

    calls: tuple[ast.Call, ...]
    escape: ast.Name | None
    nested: ast.Name | None  # the first use within a function or lambda in it


def own_nodes(node: ast.AST, *, headers: bool = False) -> Iterator[ast.AST]:
    """The nodes in a function without those in the functions and classes in it; `headers`: but with their decorators,
    bases and defaults."""
    stack: list[ast.AST] = (
        [*reversed(node.body)] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else [node]
    )
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, _SCOPES):
            if headers and not isinstance(part, ast.Lambda):
                stack.extend(part.decorator_list)
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(part))))


def nested_functions(node: FunctionNode) -> dict[str, list[FunctionNode]]:
    """The functions defined in a function itself, by name."""
    found: dict[str, list[FunctionNode]] = {}
    for part in own_nodes(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(part.name, []).append(part)
    return found


def mentions(node: ast.AST, name: str) -> bool:
    """Whether a name is read anywhere in a node."""
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in walk(node))


def returned(node: FunctionNode) -> list[ast.expr]:
    """What a function itself returns."""
    return [n.value for n in own_nodes(node) if isinstance(n, ast.Return) and n.value is not None]


def local_values(node: FunctionNode) -> Mapping[str, ast.expr | None]:
    """What the local names of a function are bound to by one plain assignment; None for those bound otherwise."""
    found: dict[str, ast.expr | None] = {}
    for part in own_nodes(node):
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            name = part.targets[0].id
            found[name] = None if name in found else part.value
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.id not in found:
            found[part.id] = None
    return found


def parents_in(node: ast.AST) -> Mapping[ast.AST, ast.AST]:
    """The parent of every node below one."""
    return {child: parent for parent in walk(node) for child in children(parent)}


def view_uses(wrapper: FunctionNode, name: str) -> Uses:
    """How a wrapper uses the function that it stands for."""
    parents = parents_in(wrapper)
    calls: list[ast.Call] = []
    escape = nested = None
    for part in own_nodes(wrapper):
        if isinstance(part, _SCOPES) and mentions(part, name):
            inner = (n for n in walk(part) if isinstance(n, ast.Name) and n.id == name)
            nested = nested or next(inner, None)
        if not (isinstance(part, ast.Name) and part.id == name):
            continue
        parent = parents.get(part)
        if isinstance(parent, ast.Call) and parent.func is part:
            calls.append(parent)
        elif not is_harmless(parents, part):
            escape = escape or part
    return Uses(tuple(calls), escape, nested)


def escape_of(holder: FunctionNode, name: str, skip: Sequence[ast.AST]) -> ast.Name | None:
    """The first use of a name in a function itself that hands it on; what is below the nodes of `skip` is not looked
    at, and neither is what is returned."""
    parents = parents_in(holder)
    left = {id(n) for top in skip for n in walk(top)}
    found = []
    for part in own_nodes(holder, headers=True):
        if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load) and id(part) not in left:
            found.append(part)
    return next((part for part in found if not is_harmless(parents, part)), None)


def is_harmless(parents: Mapping[ast.AST, ast.AST], node: ast.AST) -> bool:
    """Whether a function is only asked about, or given attributes."""
    parent = parents.get(node)
    if isinstance(parent, ast.Attribute | ast.FormattedValue | ast.Compare | ast.UnaryOp):
        return True
    if isinstance(parent, ast.If | ast.IfExp | ast.Assert | ast.While):
        return parent.test is node
    if isinstance(parent, ast.BoolOp):
        return is_harmless(parents, parent)
    if isinstance(parent, ast.Call) and node in parent.args:
        return dotted(parent.func).rpartition(".")[2] in _HARMLESS
    return isinstance(parent, ast.keyword) and parent.arg == "wrapped"


def first_parameter(node: FunctionNode, *, method: bool) -> str:
    """The name of the first positional parameter (after `self` in a method), or ""."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1 if method else 0 :]
    return names[0] if names else ""


def is_dual(holder: FunctionNode, parameter: str) -> bool:
    """Whether a decorator already asks `iscoroutinefunction(view)` and has an async wrapper that awaits the view."""
    asked = any(
        isinstance(n, ast.Call)
        and dotted(n.func).rpartition(".")[2] == "iscoroutinefunction"
        and any(isinstance(a, ast.Name) and a.id == parameter for a in n.args)
        for n in own_nodes(holder)
    )
    return asked and any(
        isinstance(inner, ast.AsyncFunctionDef) and _awaits(inner, parameter)
        for found in nested_functions(holder).values()
        for inner in found
    )


def _awaits(node: ast.AsyncFunctionDef, name: str) -> bool:
    return any(
        isinstance(n, ast.Await)
        and isinstance(n.value, ast.Call)
        and isinstance(n.value.func, ast.Name)
        and n.value.func.id == name
        for n in walk(node)
    )

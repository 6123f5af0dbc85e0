"""Lists, sets and dicts that are filled after they were made: what is known of their elements, and when nothing is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from amigrate.facts.lattice import NONE, OPAQUE, UNKNOWN, Kind, Type, join
from amigrate.facts.nodes import children, walk

if TYPE_CHECKING:
    from amigrate.facts.flow import Env

CONTAINERS = frozenset({Kind.LIST, Kind.DICT})
_GROWING = frozenset(
    {"append", "add", "insert", "extend", "update", "setdefault", "appendleft", "extendleft", "push", "put"}
)
_ENTERING = frozenset({"setdefault", "get", "pop", "popleft"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_KINDS = frozenset(_FUNCTIONS)
_FILLING = frozenset({ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.Call, ast.Subscript})
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.IfExp, ast.BoolOp, ast.Starred, ast.NamedExpr)


def opened(value: Type) -> Type:
    """The type of a container that other code may have filled with anything."""
    return value.but(item=UNKNOWN, key=UNKNOWN if value.kind is Kind.DICT else None, options=())


def grown(value: Type, added: Type, key: Type | None = None) -> Type:
    """The type of a container after something was put into it."""
    empty = value.item is None or value.item.kind is Kind.NONE
    keys = value.key
    if key is not None:
        keys = key if empty and value.key is None else join(value.key or OPAQUE, key)
    return value.but(item=added if empty else join(value.item, added), key=keys, options=())


def grow(target: ast.expr, env: Env, change: Callable[[Type], Type]) -> None:
    """Changes the type of the container that `target` gives: `box`, `box[k]`, `box.setdefault(k, [])`."""
    if isinstance(target, ast.Name):
        if target.id in env and env[target.id].kind in CONTAINERS:
            env[target.id] = change(env[target.id])
        return
    outer: ast.expr | None = None
    if isinstance(target, ast.Subscript):
        outer = target.value
    elif isinstance(target, ast.Call) and isinstance(target.func, ast.Attribute) and target.func.attr in _ENTERING:
        outer = target.func.value
    if outer is not None:
        grow(outer, env, lambda value: _inner(value, change))


def _inner(value: Type, change: Callable[[Type], Type]) -> Type:
    item = value.item or NONE
    return value.but(item=change(item), options=()) if item.kind in CONTAINERS else opened(value)


def escape(arguments: Iterable[ast.expr], env: Env) -> None:
    """Containers handed to code of the project may be filled there."""
    for argument in arguments:
        for name in _plain_names(argument):
            if name in env and env[name].kind in CONTAINERS:
                env[name] = opened(env[name])


def _plain_names(node: ast.expr) -> Iterator[str]:
    stack: list[ast.AST] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Subscript | ast.Attribute):
            stack.append(part.value)
        elif isinstance(part, _DISPLAYS):
            stack.extend(children(part))


def nested_functions(node: ast.AST) -> list[ast.AST]:
    """The functions and lambdas in a function."""
    return [inner for inner in walk(node) if type(inner) in _KINDS and inner is not node]


def captured_names(nested: list[ast.AST]) -> frozenset[str]:
    """The names that nested functions read."""
    return frozenset(part.id for inner in nested for part in walk(inner) if isinstance(part, ast.Name))


def shared_names(node: ast.AST) -> frozenset[str]:
    """The local names whose containers are reached, and filled, under another name too."""
    aliased, receivers, grown_anywhere = set[str](), set[str](), set[str]()
    for part in (part for part in walk(node) if type(part) in _FILLING):
        match part:
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() if part.value is not None:
                if names := set(_plain_names(part.value)):
                    targets = part.targets if isinstance(part, ast.Assign) else [part.target]
                    aliased |= names | {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AugAssign():
                _note(part.target, receivers, grown_anywhere)
            case ast.Call(func=ast.Attribute(attr=attr, value=value)) if attr in _GROWING:
                for argument in part.args:
                    aliased |= set(_plain_names(argument))
                _note(value, receivers, grown_anywhere)
            case ast.Subscript(ctx=ast.Store()):
                _note(part.value, receivers, grown_anywhere)
    filled = aliased if receivers & (aliased | {""}) else set[str]()
    captured = set[str]()
    for inner in nested_functions(node) if grown_anywhere else ():
        read = (part for part in walk(inner)[1:] if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
        captured.update(part.id for part in read)
    return frozenset(filled | (captured & grown_anywhere))


def _note(target: ast.expr, receivers: set[str], grown_anywhere: set[str]) -> None:
    """Notes what is filled: under its name, or "" when it is reached through something else."""
    names = list(_plain_names(target))
    grown_anywhere.update(names)
    receivers.add(target.id if isinstance(target, ast.Name) else "")


def rebound_names(nested: list[ast.AST]) -> frozenset[str]:
    """The local names that nested functions bind again (`nonlocal`) to something other than a constant or a sum."""
    found: set[str] = set()
    for inner in nested:
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        names = {name for part in walk(inner) if isinstance(part, ast.Nonlocal) for name in part.names}
        if not names:
            continue
        plain: set[int] = set()
        for part in walk(inner):
            if isinstance(part, ast.AugAssign):
                plain.add(id(part.target))
            elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant) and part.value.value is not None:
                plain |= {id(target) for target in part.targets}
        for part in walk(inner):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and id(part) not in plain:
                found |= {part.id} & names
    return frozenset(found)

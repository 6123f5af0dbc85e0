"""Whether a statement can move into a function of its own, which is then called in its place, and what that takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amigrate.facts.nodes import children, walk

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASYNC = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
# these look at the function that they stand in
_INTROSPECTIVE = frozenset({"super", "locals", "vars", "dir", "eval", "exec", "__class__"})


@dataclass(frozen=True, slots=True)
class Move:
    """What the new function needs: names of the old one that it binds again, and what it gives back."""

    nonlocals: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    returns: bool = False


def move(function: ast.AST, statement: ast.stmt, parents: Mapping[ast.AST, ast.AST], *, suppresses: bool) -> Move | str:
    """How `statement` can leave `function`, or why it cannot.

    Args:
        function: the `def` that the statement is in.
        statement: a compound statement.
        parents: the parent of each node in the function.
        suppresses: whether the statement may swallow exceptions, so that its end is reached from anywhere in it.
    """
    inside = set(walk(statement))
    if reason := _bound_to_its_place(function, statement, inside):
        return reason
    returns = any(isinstance(part, ast.Return) for part in _own(statement))
    if returns and (suppresses or not _leaves(getattr(statement, "body", []))):
        return "it returns from some of its branches only"
    stores, outside = _stored(_own(statement)), [part for part in walk(function) if part not in inside]
    elsewhere = _stored(part for part in outside if _scope(part, parents) is function) | _parameters(function)
    read = {part.id for part in outside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
    outputs = (stores - elsewhere) & read
    if outputs and (suppresses or not outputs <= _surely_bound([statement])):
        return "it may end before all that is used below it has a value"
    if outputs and _looped(statement, parents, function):
        return "it gives values to later turns of a loop"
    read |= {part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
    read |= {part.target.id for part in inside if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)}
    again = stores & elsewhere & read
    return Move(tuple(sorted(again)), tuple(sorted(outputs)), returns)


def _bound_to_its_place(function: ast.AST, statement: ast.stmt, inside: set[ast.AST]) -> str:
    own = list(_own(statement))
    if any(isinstance(part, _ASYNC) for part in own):
        return "it awaits or yields"
    if any(isinstance(part, ast.Break | ast.Continue) for part in _unlooped(statement)):
        return "it leaves a loop around it"
    if any(
        isinstance(part, ast.Name) and (part.id in _INTROSPECTIVE or isinstance(part.ctx, ast.Del)) for part in inside
    ):
        return "it looks at, or removes, the variables around it"
    declared = {name for part in walk(function) if isinstance(part, ast.Global | ast.Nonlocal) for name in part.names}
    if declared & _stored(own):
        return "it binds names that are global"
    return ""


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run in its own function: not what is in functions in it."""
    stack = [statement]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(c for c in children(part) if not isinstance(c, _SCOPES))
        for scope in (
            c for c in children(part) if isinstance(c, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ):
            yield ast.Name(scope.name, ast.Store())  # its name is bound here


def _unlooped(statement: ast.AST) -> Iterator[ast.AST]:
    stack = list(children(statement)) if not isinstance(statement, _LOOPS) else []
    while stack:
        part = stack.pop()
        yield part
        if not isinstance(part, (*_LOOPS, *_SCOPES)):
            stack.extend(children(part))


def _stored(parts: Iterator[ast.AST] | Sequence[ast.AST]) -> set[str]:
    """The names that nodes bind; targets of comprehensions are theirs alone."""
    found: set[str] = set()
    own: set[ast.AST] = set()
    for part in parts:
        if isinstance(part, _COMPREHENSIONS):
            own |= {node for clause in part.generators for node in walk(clause.target)}
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part not in own:
            found.add(part.id)
        elif isinstance(part, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and part.name:
            found.add(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            found.add(part.rest)
        elif isinstance(part, ast.alias):
            found.add((part.asname or part.name).partition(".")[0])
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(part.name)
    return found


def _scope(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> ast.AST | None:
    """The function or class that a node stands in."""
    parent = parents.get(node)
    while parent is not None and not isinstance(parent, _SCOPES):
        parent = parents.get(parent)
    return parent


def _parameters(function: ast.AST) -> set[str]:
    arguments = getattr(function, "args", None)
    return {part.arg for part in walk(arguments) if isinstance(part, ast.arg)} if arguments is not None else set()


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether control never reaches the end of these statements."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    if isinstance(last, ast.With):
        return _leaves(last.body)
    return isinstance(last, ast.Return | ast.Raise)


def _surely_bound(body: list[ast.stmt]) -> set[str]:
    """The names that have a value whenever the end of these statements is reached."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.If):
            branches = [_surely_bound(b) for b in (statement.body, statement.orelse) if not _leaves(b)]
            found |= set.intersection(*branches) if branches else set()
        elif isinstance(statement, ast.With):
            found |= _stored([part for item in statement.items for part in walk(item)]) | _surely_bound(statement.body)
        elif not isinstance(statement, (*_LOOPS, ast.Try, ast.TryStar, ast.Match)):
            found |= _stored(list(_own(statement)))
    return found


def _looped(statement: ast.stmt, parents: Mapping[ast.AST, ast.AST], function: ast.AST) -> bool:
    parent = parents.get(statement)
    while parent is not None and parent is not function:
        if isinstance(parent, _LOOPS):
            return True
        parent = parents.get(parent)
    return False

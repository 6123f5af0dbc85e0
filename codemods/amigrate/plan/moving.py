"""Whether a statement can move into a function of its own, which is then called in its place, and what that takes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from amigrate.facts.nodes import children, walk

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASYNC = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
# these look at the function that they stand in
INTROSPECTIVE = frozenset({"super", "locals", "vars", "dir", "eval", "exec", "__class__"})


@dataclass(frozen=True, slots=True)
class Move:
    """What the new function needs: names of the old one that it binds again, and what it gives back.

    Args:
        nonlocals: names of the old function that it binds again.
        outputs: names that only it binds, that are read after it, and that it gives back.
        declared: such names where it gives back something else: the old function has to bind them first.
        returns: "always" when its end is never reached, "some" when it returns from some of its branches, and then
            never None.
    """

    nonlocals: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    returns: Literal["", "always", "some"] = ""


def move(
    function: ast.AST,
    statement: ast.stmt,
    parents: Mapping[ast.AST, ast.AST],
    *,
    suppresses: bool,
    never_none: Callable[[ast.expr | None], bool],
) -> Move | str:
    """How `statement` can leave `function`, or why it cannot.

    Args:
        function: the `def` that the statement is in.
        statement: a compound statement.
        parents: the parent of each node in the function.
        suppresses: whether the statement may swallow exceptions, so that its end is reached from anywhere in it.
        never_none: whether the value of a `return` is surely not None.
    """
    inside = set(walk(statement))
    if reason := _bound_to_its_place(function, statement, inside):
        return reason
    returned = [part for part in _own(statement) if isinstance(part, ast.Return)]
    body = statement.body if isinstance(statement, ast.With) else []  # that of a loop may not run at all
    some = bool(returned) and (suppresses or not _leaves(body))
    if some and not all(never_none(part.value) for part in returned):
        return "it returns from some of its branches only, and what it returns may be None"
    stores, outside = stored(_own(statement)), [part for part in walk(function) if part not in inside]
    elsewhere = stored(part for part in outside if _scope(part, parents) is function) | _parameters(function)
    used = [part for part in outside if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Store)]
    read = {part.id for part in used}
    outputs = (stores - elsewhere) & read
    if outputs & {part.id for part in used if _scope(part, parents) is not function}:
        return "it binds what a function around it reads"
    sure = _bound_by_items(statement) | _surely_bound(body if hasattr(statement, "body") else [statement])
    if outputs and (suppresses or not outputs <= sure):
        return "it may end before all that is used below it has a value"
    if outputs and some and _annotated(function):
        return f"it returns from some of its branches, and gives `{min(outputs)}`, which has a type, from the others"
    if outputs and _looped(statement, parents, function):
        return "it gives values to later turns of a loop"
    read |= {part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
    read |= {part.target.id for part in inside if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)}
    again = stores & elsewhere & read
    if some:
        return Move(tuple(sorted(again | outputs)), (), tuple(sorted(outputs)), "some")
    return Move(tuple(sorted(again)), tuple(sorted(outputs)), (), "always" if returned else "")


def _bound_to_its_place(function: ast.AST, statement: ast.stmt, inside: set[ast.AST]) -> str:
    own = list(_own(statement))
    if any(isinstance(part, _ASYNC) for part in own):
        return "it awaits or yields"
    if _leaves_a_loop(statement):
        return "it leaves a loop around it"
    if any(_may_stop(part) for part in inside):
        return "next() without a default raises StopIteration, which cannot leave a thread"
    if any(
        isinstance(part, ast.Name) and (part.id in INTROSPECTIVE or isinstance(part.ctx, ast.Del)) for part in inside
    ):
        return "it looks at, or removes, the variables around it"
    declared = {name for part in walk(function) if isinstance(part, ast.Global | ast.Nonlocal) for name in part.names}
    if declared & stored(own):
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


def _leaves_a_loop(statement: ast.AST) -> bool:
    """Whether a `break` or `continue` in a statement belongs to a loop around it; the `else` of a loop is not in it."""
    if isinstance(statement, ast.Break | ast.Continue):
        return True
    if isinstance(statement, _SCOPES):
        return False
    inner = statement.orelse if isinstance(statement, _LOOPS) else children(statement)
    return any(_leaves_a_loop(part) for part in inner)


def _may_stop(part: ast.AST) -> bool:
    """Whether a node is `next(x)`: `sync_to_async` hangs when that raises (seen on Python 3.11.7 and 3.12.1)."""
    if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Name | ast.Attribute):
        return False
    name = part.func.id if isinstance(part.func, ast.Name) else part.func.attr
    return name == "__next__" or (name == "next" and len(part.args) == 1 and not part.keywords)


def stored(parts: Iterator[ast.AST] | Sequence[ast.AST]) -> set[str]:
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


def _annotated(function: ast.AST) -> bool:
    """Whether a function is typed, so that None cannot stand for a value that comes later."""
    arguments = getattr(function, "args", None)
    parts = walk(arguments) if isinstance(arguments, ast.arguments) else []
    typed = any(isinstance(part, ast.arg) and part.annotation is not None for part in parts)
    return typed or getattr(function, "returns", None) is not None


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether control never reaches the end of these statements; a `with` in them may swallow an exception."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, ast.Return | ast.Raise)


def _surely_bound(body: list[ast.stmt]) -> set[str]:
    """The names that have a value whenever the end of these statements is reached."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.If):
            branches = [_surely_bound(b) for b in (statement.body, statement.orelse) if not _leaves(b)]
            found |= set.intersection(*branches) if branches else set()
        elif isinstance(statement, ast.With):
            found |= _bound_by_items(statement)  # it may swallow an exception of its body
        elif not isinstance(statement, (*_LOOPS, ast.Try, ast.TryStar, ast.Match)):
            found |= stored(list(_own(statement)))
    return found


def _bound_by_items(statement: ast.stmt) -> set[str]:
    """The names that the head of a `with` binds."""
    items = statement.items if isinstance(statement, ast.With) else []
    return stored([part for item in items for part in walk(item)])


def _looped(statement: ast.stmt, parents: Mapping[ast.AST, ast.AST], function: ast.AST) -> bool:
    parent = parents.get(statement)
    while parent is not None and parent is not function:
        if isinstance(parent, _LOOPS):
            return True
        parent = parents.get(parent)
    return False

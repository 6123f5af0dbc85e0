"""Whether a statement can move into a function of its own, which is then called in its place, and what that takes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from amigrate.facts.nodes import children, walk
from amigrate.plan.binding import (
    LOOPS,
    SCOPES,
    annotated,
    bound_around,
    bound_by_items,
    leaves,
    own_nodes,
    parameters,
    scope,
    stored,
    surely_bound,
)

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
    returned = [part for part in own_nodes(statement) if isinstance(part, ast.Return)]
    body = statement.body if isinstance(statement, ast.With) else []  # that of a loop may not run at all
    some = bool(returned) and (suppresses or not leaves(body))
    if some and not all(never_none(part.value) for part in returned):
        return "it returns from some of its branches only, and what it returns may be None"
    stores, outside = stored(own_nodes(statement)), [part for part in walk(function) if part not in inside]
    elsewhere = stored(part for part in outside if scope(part, parents) is function) | parameters(function)
    used = [part for part in outside if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Store)]
    outputs = (stores - elsewhere) & {part.id for part in used}
    if outputs & {part.id for part in used if scope(part, parents) is not function}:
        return "it binds what a function around it reads"
    sure = bound_by_items(statement) | surely_bound(body if hasattr(statement, "body") else [statement])
    if outputs and (suppresses or not outputs <= sure):
        return "it may end before all that is used below it has a value"
    if outputs and some and annotated(function):
        return f"it returns from some of its branches, and gives `{min(outputs)}`, which has a type, from the others"
    if outputs and _looped(statement, parents, function):
        return "it gives values to later turns of a loop"
    again = stores & elsewhere & (_read_in(statement, inside, parents) | _read_around(statement, used, parents))
    if some:
        return Move(tuple(sorted(again | outputs)), (), tuple(sorted(outputs)), "some")
    return Move(tuple(sorted(again)), tuple(sorted(outputs)), (), "always" if returned else "")


def _read_in(statement: ast.stmt, inside: set[ast.AST], parents: Mapping[ast.AST, ast.AST]) -> set[str]:
    """The names whose value from before may be read in a statement."""
    names = (part for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
    found = {part.id for part in names if bound_around(part, part.id, parents, statement) is None}
    return found | {p.target.id for p in inside if isinstance(p, ast.AugAssign) and isinstance(p.target, ast.Name)}


def _read_around(statement: ast.stmt, used: list[ast.Name], parents: Mapping[ast.AST, ast.AST]) -> set[str]:
    """The names whose value from a statement may be read outside of it."""
    found = set()
    for part in used:
        block = bound_around(part, part.id, parents)
        if block is None or any(inner is statement for one in block for inner in walk(one)):
            found.add(part.id)
    return found


def _bound_to_its_place(function: ast.AST, statement: ast.stmt, inside: set[ast.AST]) -> str:
    own = list(own_nodes(statement))
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


def _leaves_a_loop(statement: ast.AST) -> bool:
    """Whether a `break` or `continue` in a statement belongs to a loop around it; the `else` of a loop is not in it."""
    if isinstance(statement, ast.Break | ast.Continue):
        return True
    if isinstance(statement, SCOPES):
        return False
    inner = statement.orelse if isinstance(statement, LOOPS) else children(statement)
    return any(_leaves_a_loop(part) for part in inner)


def _may_stop(part: ast.AST) -> bool:
    """Whether a node is `next(x)`: `sync_to_async` hangs when that raises (seen on Python 3.11.7 and 3.12.1)."""
    if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Name | ast.Attribute):
        return False
    name = part.func.id if isinstance(part.func, ast.Name) else part.func.attr
    return name == "__next__" or (name == "next" and len(part.args) == 1 and not part.keywords)


def _looped(statement: ast.stmt, parents: Mapping[ast.AST, ast.AST], function: ast.AST) -> bool:
    parent = parents.get(statement)
    while parent is not None and parent is not function:
        if isinstance(parent, LOOPS):
            return True
        parent = parents.get(parent)
    return False

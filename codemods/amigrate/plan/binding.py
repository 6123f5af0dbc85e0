"""Which names the statements of a function bind and read, and whether control leaves them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from amigrate.facts.nodes import children, walk

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run in its own function: not what is in functions in it."""
    stack = [statement]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(c for c in children(part) if not isinstance(c, SCOPES))
        for scope in (
            c for c in children(part) if isinstance(c, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ):
            yield ast.Name(scope.name, ast.Store())  # its name is bound here


def stored(parts: Iterable[ast.AST]) -> set[str]:
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


def scope(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> ast.AST | None:
    """The function or class that a node stands in."""
    parent = parents.get(node)
    while parent is not None and not isinstance(parent, SCOPES):
        parent = parents.get(parent)
    return parent


def parameters(function: ast.AST) -> set[str]:
    """The names of the parameters of a function; a class and a module have none."""
    arguments = getattr(function, "args", None)
    return {part.arg for part in walk(arguments) if isinstance(part, ast.arg)} if arguments is not None else set()


def annotated(function: ast.AST) -> bool:
    """Whether a function is typed, so that None cannot stand for a value that comes later."""
    arguments = getattr(function, "args", None)
    parts = walk(arguments) if isinstance(arguments, ast.arguments) else []
    typed = any(isinstance(part, ast.arg) and part.annotation is not None for part in parts)
    return typed or getattr(function, "returns", None) is not None


def leaves(body: list[ast.stmt]) -> bool:
    """Whether control never reaches the end of these statements; a `with` in them may swallow an exception."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return leaves(last.body) and leaves(last.orelse)
    return isinstance(last, ast.Return | ast.Raise)


def surely_bound(body: list[ast.stmt]) -> set[str]:
    """The names that have a value whenever the end of these statements is reached."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.If):
            branches = [surely_bound(b) for b in (statement.body, statement.orelse) if not leaves(b)]
            found |= set.intersection(*branches) if branches else set()
        elif isinstance(statement, ast.With):
            found |= bound_by_items(statement)  # it may swallow an exception of its body
        elif not isinstance(statement, (*LOOPS, ast.Try, ast.TryStar, ast.Match)):
            nodes = list(own_nodes(statement))
            perhaps = {part.target for part in nodes if isinstance(part, ast.NamedExpr)}  # after an `and`, say
            found |= stored(part for part in nodes if part not in perhaps)
    return found


def bound_by_items(statement: ast.stmt) -> set[str]:
    """The names that the head of a `with` binds."""
    items = statement.items if isinstance(statement, ast.With) else []
    return stored([part for item in items for part in walk(item)])


def bound_around(
    read: ast.AST, name: str, parents: Mapping[ast.AST, ast.AST], within: ast.AST | None = None
) -> list[ast.stmt] | None:
    """The block, `within` a statement, in which a name is bound each time before it is read.

    It is the body of a loop or `with` that binds it in its head, or any block with an earlier statement that does.
    """
    child: ast.AST = read
    while child is not within and (parent := parents.get(child)) is not None:
        if isinstance(parent, SCOPES):
            return None  # what is in it may be called later
        for block in (getattr(parent, field, None) for field in ("body", "orelse", "finalbody")):
            if isinstance(block, list) and child in block:
                if block is getattr(parent, "body", None) and name in _bound_by_head(parent):
                    return block
                if name in surely_bound(block[: block.index(child)]):
                    return block
        child = parent
    return None


def _bound_by_head(statement: ast.AST) -> set[str]:
    if isinstance(statement, ast.For | ast.AsyncFor):
        return stored(walk(statement.target))
    return bound_by_items(statement) if isinstance(statement, ast.With) else set()

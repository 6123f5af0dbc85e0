"""Where a queryset that is tested and used again can be a list from its assignment on."""

from __future__ import annotations

import ast

from amigrate.facts.builtin_calls import EATERS
from amigrate.facts.effects import EVALUATIONS
from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft, span

_TAKING = EATERS | {"len", "bool", "iter"}  # built-in functions to which a list is as good as an evaluated queryset
_BRANCHES = (ast.If, ast.While, ast.For, ast.Try, ast.With, ast.Match, ast.IfExp, ast.BoolOp, ast.comprehension)


def assigned_query(draft: Draft, node: ast.AST) -> ast.expr | None:
    """The query that a tested name is assigned, if a list can be assigned instead.

    That is so when the name is assigned once, in the block of the test and with nothing between that waits for
    anything, and every use of it is one that a list has too: iterating, indexing, testing, `len`, `in`.
    """
    if not isinstance(node, ast.Name):
        return None
    function = draft.analysis.node
    uses = [n for n in walk(function) if isinstance(n, ast.Name) and n.id == node.id]
    stores = [n for n in uses if not isinstance(n.ctx, ast.Load)]
    assignment = draft.parent(stores[0]) if len(stores) == 1 else None
    if not isinstance(assignment, ast.Assign) or len(assignment.targets) != 1 or assignment.targets[0] is not stores[0]:
        return None
    if not all(as_list(draft, use) for use in uses if use is not stores[0]):
        return None
    return assignment.value if _next_to(draft, assignment, node) else None


def as_list(draft: Draft, use: ast.expr) -> bool:
    """Whether a use of a name is one that a list has as well as an evaluated queryset."""
    parent = draft.parent(use)
    match parent:
        case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
            return parent.test is use
        case ast.UnaryOp():
            return isinstance(parent.op, ast.Not)
        case ast.For() | ast.comprehension():
            return parent.iter is use
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return parent.comparators[0] is use
        case ast.Subscript():
            return parent.value is use and isinstance(parent.ctx, ast.Load)
        case ast.Call(func=ast.Name(id=name)):
            return name in _TAKING
    return False


def _next_to(draft: Draft, assignment: ast.stmt, node: ast.Name) -> bool:
    """Whether the test follows in the same block, and nothing between has an effect."""
    holder = draft.parent(assignment)
    blocks = [getattr(holder, name, None) for name in ("body", "orelse", "finalbody")]
    block = next((b for b in blocks if isinstance(b, list) and assignment in b), None)
    if block is None:
        return False
    at = block.index(assignment)
    for statement in block[at + 1 :]:
        if any(part is node for part in walk(statement)):
            return _comes_first(draft, statement, node)
        if _effects(draft, statement, node.id):
            return False
    return False


def _comes_first(draft: Draft, statement: ast.stmt, node: ast.Name) -> bool:
    """Whether nothing in a statement has an effect before it comes to the node, in an earlier turn of a loop either."""
    around: list[ast.AST] = [node]
    while around[-1] is not statement and (parent := draft.parent(around[-1])) is not None:
        around.append(parent)
    for at, loop in enumerate(around):
        inner = around[:at]
        if isinstance(loop, ast.For | ast.While) and inner and inner[-1] is not getattr(loop, "iter", None):
            skipped = any(isinstance(part, _BRANCHES) and not _always(part, inner) for part in inner)
            if skipped and _effects(draft, loop, node.id):
                return False
    return not any(
        _place(effect) < _place(node) for effect in _effects(draft, statement, node.id) if effect not in around
    )


def _always(branch: ast.AST, inside: list[ast.AST]) -> bool:
    """Whether a branching node comes to its part each time: `if part:`."""
    test = getattr(branch, "test", None)
    return test is not None and test in inside


def _effects(draft: Draft, statement: ast.AST, name: str) -> list[ast.AST]:
    """What a statement does that an earlier query for `name` could notice: queries for others do not."""
    first, last = span(statement).line, span(statement).end_line
    effects = (e for e in draft.analysis.effects if first <= getattr(e.node, "lineno", 0) <= last)
    return [e.node for e in effects if e.what not in EVALUATIONS or _names(e.node, name)]


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in walk(node))


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)

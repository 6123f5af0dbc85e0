"""Sites for a value that is a queryset in one branch and a list in another: the queryset is made a list as well."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import LAZY, Kind, Type, members
from amigrate.facts.nodes import walk
from amigrate.facts.writes import written
from amigrate.plan.awaiting import may_await
from amigrate.plan.context import Draft
from amigrate.plan.listing import as_list

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SUBJECTS = frozenset({What.ITERATE, What.CONSUME, What.TRUTH, What.LENGTH, What.CONTAINS, What.INDEX})


def either(draft: Draft, effect: Effect) -> None:
    """A value that may be a queryset or a list is evaluated."""
    from amigrate.plan.row_names import target_name

    node = effect.node
    assert isinstance(node, ast.expr)
    if isinstance(node, ast.Name) and node.id in draft.listed:
        return
    queries = _queries(draft, node, set())
    if queries is None:
        draft.refuse(node, effect.detail, "make it a list, or a queryset, in all branches")
        return
    if isinstance(node, ast.Name):
        draft.listed.add(node.id)
    for query in queries:
        if may_await(draft, query):
            draft.natives += 1
            name = target_name(draft.analysis.values[query])
            draft.add(query, "orm-materialise", "it is a list in the other branches", target=name)


def is_listed(draft: Draft, effect: Effect) -> bool:
    """Whether an evaluation is one of a name that holds only lists then."""
    node = effect.extra.get("over") or effect.node
    if isinstance(node, ast.Call) and effect.what is What.LENGTH:
        node = node.args[0]
    elif isinstance(node, ast.Subscript):
        node = node.value
    elif isinstance(node, ast.Compare):
        node = node.comparators[-1]
    elif isinstance(node, ast.NamedExpr):
        node = node.target
    return effect.what in _SUBJECTS and isinstance(node, ast.Name) and node.id in draft.listed


def _queries(draft: Draft, node: ast.expr, seen: set[str]) -> list[ast.expr] | None:
    """The querysets among what an expression may give; None when they cannot all be made lists."""
    if isinstance(node, ast.IfExp):
        parts = [_part(draft, branch, seen) for branch in (node.body, node.orelse)]
        return None if None in parts else [query for part in parts if part is not None for query in part]
    if not isinstance(node, ast.Name) or node.id in seen:
        return None
    seen.add(node.id)
    uses = [n for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and n.id == node.id]
    loads = [n for n in uses if isinstance(n.ctx, ast.Load)]
    sources = [_source(draft, n) for n in uses if not isinstance(n.ctx, ast.Load)]
    if _is_parameter(draft, node.id) or any(_nested(draft, n) or not _fits(draft, n) for n in loads):
        return None
    found: list[ast.expr] = []
    for source in sources:
        part = _part(draft, source, seen) if source is not None else None
        if part is None:
            return None
        found += part
    bound = [n for n in uses if any(part in found for part in walk(_source(draft, n) or n))]
    if not found or _written_between(draft, found, loads) or any(_replaced(draft, n, uses) for n in bound):
        return None
    return found


def _replaced(draft: Draft, name: ast.Name, uses: list[ast.Name]) -> bool:
    """Whether what a name is bound to may be replaced further down without having been looked at."""
    statement = draft.parent(name)
    holder = draft.parent(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    blocks = (getattr(holder, field, None) for field in ("body", "orelse", "finalbody"))
    block = next((b for b in blocks if isinstance(b, list) and statement in b), [])
    later = block[block.index(statement) + 1 :] if block else []
    for part in (inner for following in later for inner in walk(following)):
        if isinstance(part, ast.Name) and part in uses and not isinstance(part.ctx, ast.Load):
            source = _source(draft, part)
            if source is None or not any(isinstance(n, ast.Name) and n.id == name.id for n in walk(source)):
                return True
    return False


def _fits(draft: Draft, use: ast.Name) -> bool:
    """Whether a list does as well as a queryset in a use of a name."""
    parent = draft.parent(use)
    if isinstance(parent, ast.Compare):
        return all(isinstance(o, ast.Is | ast.IsNot | ast.In | ast.NotIn) for o in parent.ops)
    if isinstance(parent, ast.BoolOp):  # `qs or []`
        return as_list(draft, parent)
    return as_list(draft, use)


def _part(draft: Draft, source: ast.expr, seen: set[str]) -> list[ast.expr] | None:
    kind = draft.analysis.values.get(source)
    if kind is None or kind.kind is Kind.UNKNOWN:
        return None
    lazy = [m for m in members(kind) if m.kind in LAZY]
    if not lazy:
        return []
    if len(lazy) < len(members(kind)) or kind.nullable or any(m.nullable for m in lazy):
        return _queries(draft, source, seen)
    return None if any(_cannot(m) for m in lazy) or isinstance(source, ast.Name | ast.NamedExpr) else [source]


def _cannot(kind: Type) -> bool:
    return kind.iterator or kind.locked or bool(kind.manager and kind.cached)


def _source(draft: Draft, name: ast.Name) -> ast.expr | None:
    """What is assigned to a name where it is bound by a plain assignment."""
    statement = draft.parent(name)
    if isinstance(statement, ast.Assign) and statement.targets == [name]:
        return statement.value
    return statement.value if isinstance(statement, ast.AnnAssign) else None


def _is_parameter(draft: Draft, name: str) -> bool:
    arguments = getattr(draft.analysis.node, "args", None)
    return any(isinstance(a, ast.arg) and a.arg == name for a in walk(arguments)) if arguments else False


def _nested(draft: Draft, node: ast.AST) -> bool:
    parent = draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, _FUNCTIONS):
            return True
        parent = draft.parent(parent)
    return False


def _written_between(draft: Draft, queries: list[ast.expr], loads: list[ast.Name]) -> bool:
    """Whether rows may change after a queryset is made and before it is evaluated, as the list is made at once."""
    first, last = min(q.lineno for q in queries), max((n.lineno for n in loads), default=0)
    analyst = draft.context.analyst
    between = (e for e in draft.analysis.effects if first <= getattr(e.node, "lineno", 0) <= last)
    return any(written(analyst, e) or (e.what is What.BRIDGE and not e.extra.get("render")) for e in between)

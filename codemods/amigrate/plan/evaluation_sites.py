"""Sites for what evaluates a queryset as a whole: list(), bool(), len(), `in`, an index."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import Kind, Type
from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.context import Draft
from amigrate.plan.generator_sites import generator_consumed, next_of_generator
from amigrate.plan.listing import assigned_query
from amigrate.plan.row_names import pair_names, target_name

_UNWRAPPED = frozenset({"list", "tuple", "set", "frozenset"})
_PROTOCOL = ("__iter__", "__aiter__", "__len__", "__bool__", "__getitem__", "__contains__", "iterator")


def not_as_django(draft: Draft, effect: Effect) -> str:
    """Why a queryset cannot be evaluated as Django's are, "" when it can."""
    for owner in filter(None, effect.receiver.manager.split("|")):
        for name in _PROTOCOL:
            if found := draft.context.analyst.program.find_method(owner, name):
                return f"the queryset has its own {found}.{name}, which `async for` would go past"
    listed = effect.what in (What.CONSUME, What.INDEX, What.CONTAINS) or effect.extra.get("keep")
    if listed and any(isinstance(part, ast.NamedExpr) for part in walk(effect.node)):
        return "an assignment expression cannot stand in what a comprehension runs through"
    return ""


def consume(draft: Draft, effect: Effect) -> None:
    """A lazy value that something iterates: `list(qs)` → `[x async for x in qs]`, `sorted(qs)` → `sorted([…])`."""
    node = effect.node
    assert isinstance(node, ast.expr)
    host = effect.extra.get("call")
    wrapper = effect.detail
    if effect.receiver.kind is Kind.GENERATOR and not generator_consumed(draft, effect, node, host):
        return
    if isinstance(host, ast.Call) and host in draft.eaches and len(host.args) == 2:
        draft.each_clauses.add(host)
        return
    if not may_await(draft, node):
        return
    target = target_name(effect.receiver)
    reason = f"{wrapper}() evaluates the queryset" if isinstance(host, ast.Call) else "the queryset is evaluated here"
    draft.natives += 1
    alone = isinstance(host, ast.Call) and len(host.args) == 1 and not host.keywords and host.args[0] is node
    if alone and isinstance(host, ast.Call) and wrapper in _UNWRAPPED:
        draft.add(host, "orm-materialise", reason, unwrap=wrapper, target=target)
        return
    if alone and isinstance(host, ast.Call) and wrapper == "dict" and (names := pair_names(node)):
        draft.add(host, "orm-materialise", reason, unwrap="dict", target=names)
        return
    draft.add(node, "orm-materialise", reason, target=target)


def truth(draft: Draft, effect: Effect) -> None:
    """`if qs` → `if await qs.aexists()`."""
    node = effect.node
    assert isinstance(node, ast.expr)
    if not may_await(draft, node):
        return
    if effect.extra.get("keep") or any(m.kind is Kind.RAW for m in (effect.receiver, *effect.receiver.options)):
        draft.natives += 1
        _keep(draft, node, effect, "testing the queryset evaluates it")
        return
    draft.natives += 1
    confidence = Confidence.REVIEW if isinstance(node, ast.Name) else Confidence.SAFE
    reason = "testing the queryset queries the database"
    draft.add(node, "orm-evaluation", reason, confidence, op="exists", parens=parens(draft, node))


def _keep(draft: Draft, node: ast.expr, effect: Effect, reason: str) -> None:
    """The rows that an evaluation brings are used again: a list of them, best from the assignment on."""
    query = assigned_query(draft, node)
    if query is not None and may_await(draft, query):
        node, reason = query, "it is evaluated as a whole later"
    draft.add(node, "orm-materialise", reason, target=target_name(effect.receiver))


def length(draft: Draft, effect: Effect) -> None:
    """`len(qs)` → `await qs.acount()`."""
    node = effect.node
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    draft.natives += 1
    reason = "len() evaluates the queryset"
    if effect.extra.get("keep") or effect.receiver.kind is not Kind.QUERYSET or effect.receiver.combined:
        # (count() drops the ordering inside a union, which some databases do not take)
        _keep(draft, node.args[0], effect, reason)
        return
    draft.add(node, "orm-evaluation", reason, Confidence.REVIEW, op="len", parens=parens(draft, node))


def contains(draft: Draft, effect: Effect) -> None:
    """`x in qs` → `await qs.acontains(x)` where that is the same, else a list."""
    node, kind = effect.node, effect.receiver
    assert isinstance(node, ast.Compare)
    if not effect.extra["alone"]:
        draft.refuse(node, "`in` in a chained comparison evaluates a queryset")
        return
    if not may_await(draft, node):
        return
    item = effect.extra["item"]
    assert isinstance(item, Type)
    draft.natives += 1
    reason = "`in` evaluates the queryset"
    plain = kind.kind is Kind.QUERYSET and kind.rows == "model" and not kind.sliced and not kind.combined
    if plain and not effect.extra.get("keep") and item.kind is Kind.INSTANCE and item.saved and not item.nullable:
        draft.add(node, "orm-evaluation", reason, op="contains", parens=compare_parens(draft, node))
    elif effect.extra.get("keep") and assigned_query(draft, node.comparators[0]) is not None:
        _keep(draft, node.comparators[0], effect, reason)
    else:
        draft.add(node, "orm-evaluation", reason, op="contains-list", target=target_name(kind))


def compare_parens(draft: Draft, node: ast.Compare) -> str:
    """`not await …` and `await …` in the place of a comparison: inside another operator they need parentheses."""
    parent = draft.parent(node)
    return "1" if isinstance(parent, ast.BinOp | ast.Compare) else parens(draft, node)


def index(draft: Draft, effect: Effect) -> None:
    """`qs[0]`, `qs[::2]`, `next(iter(qs))`."""
    node, kind = effect.node, effect.receiver
    if kind.kind is Kind.GENERATOR:
        next_of_generator(draft, effect)
        return
    if not may_await(draft, node):
        return
    target = target_name(kind)
    if effect.detail == "next":
        if draft.context.python_version < (3, 10):
            draft.refuse(node, "anext() needs Python 3.10")
            return
        draft.natives += 1
        reason = "next() evaluates the queryset"
        draft.add(node, "orm-evaluation", reason, Confidence.REVIEW, op="next", parens=parens(draft, node))
        return
    assert isinstance(node, ast.Subscript)
    if not isinstance(node.ctx, ast.Load):
        draft.refuse(node, "an item of a queryset is assigned or deleted")
        return
    draft.natives += 1
    if effect.detail == "step":
        draft.add(node, "orm-evaluation", "slicing with a step evaluates the queryset", op="slice-list", target=target)
        return
    simple = isinstance(node.slice, ast.Name) or (
        isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and node.slice.value >= 0
    )
    op = "index" if simple and kind.kind is Kind.QUERYSET else "index-list"
    if not simple and kind.kind is Kind.QUERYSET:
        draft.refuse(node, "an index that is computed or negative")
        return
    draft.add(node, "orm-evaluation", "indexing the queryset queries the database", op=op, target=target)

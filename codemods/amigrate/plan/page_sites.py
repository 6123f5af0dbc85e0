"""Sites for paginators: the async classes of Django 6.0 where both stay in the function, else bridges.

A template, a helper or a caller that gets a page reads its properties, which an async page does not have.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from amigrate import django_api
from amigrate.facts.effects import Effect
from amigrate.facts.nodes import walk
from amigrate.facts.paginating import COUNTED, FETCHING, PAGE_METHODS, PAGINATOR
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import bridge_call, bridge_expression
from amigrate.plan.context import Draft
from amigrate.plan.iteration_sites import iterate
from amigrate.plan.relation_sites import bridge_attribute

_REASON = "the paginator counts and fetches from the database"
_KNOWN = COUNTED | FETCHING | PAGE_METHODS | {"number", "per_page", "orphans", "object_list"}
_ASYNC = {name: f"a{name}" for name in COUNTED | FETCHING | PAGE_METHODS}


def pages(draft: Draft, effects: Sequence[Effect]) -> None:
    """Handles the paginators of one function together, with their pages."""
    if not effects:
        return
    native = django_api.async_class("Paginator", draft.context.django) is not None and _stay(draft, effects)
    for effect in effects:
        (_native if native else _bridged)(draft, effect)


def _stay(draft: Draft, effects: Sequence[Effect]) -> bool:
    """Whether all paginators and pages are made here and used in no other way than by what the async ones have."""
    nodes = {e.node for e in effects}
    makers = [e.node for e in effects if e.detail == "build" or e.detail in FETCHING]
    names: set[str] = set()
    for maker in makers:
        parent = draft.parent(maker)
        if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
            names.add(parent.targets[0].id)
        elif not _used(draft, maker, nodes):
            return False
    for part in walk(draft.analysis.node):
        if not isinstance(part, ast.Name) or part.id not in names:
            continue
        if isinstance(part.ctx, ast.Load):
            if not _used(draft, part, nodes):
                return False
        elif getattr(draft.parent(part), "value", None) not in makers:
            return False
    owned = (*makers, *(n for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and n.id in names))
    return all((e.detail == "build" and _by_name(draft, e.node)) or _owner(e) in owned for e in effects)


def _used(draft: Draft, node: ast.AST, effects: set[ast.AST]) -> bool:
    """Whether a paginator or page is used here by what its async form has too, or is fetched as a whole."""
    parent = draft.parent(node)
    if isinstance(parent, ast.Attribute):
        return parent.attr in _KNOWN and isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.For):
        return parent in effects and parent.iter is node
    if isinstance(parent, ast.comprehension):
        return draft.parent(parent) in effects and parent.iter is node
    return node in effects and isinstance(parent, ast.Call | ast.Subscript | ast.Starred) and node is not parent


def _owner(effect: Effect) -> ast.AST | None:
    """The expression that is the paginator or page of an effect."""
    node = effect.node
    if effect.detail == "iterate":
        over = effect.extra["over"]
        return over if isinstance(over, ast.AST) else None
    if effect.detail == "sequence":
        return node
    if isinstance(node, ast.Call):
        node = node.func
    return node.value if isinstance(node, ast.Attribute) else None


def _by_name(draft: Draft, node: ast.AST) -> bool:
    """Whether a paginator is built by its own name, imported from where its async form is too."""
    func = node.func if isinstance(node, ast.Call) else None
    facts = draft.context.analyst.program.modules[draft.module]
    if isinstance(func, ast.Name):
        return func.id == "Paginator" and dict(facts.imports).get(func.id) == PAGINATOR
    return isinstance(func, ast.Attribute) and func.attr == "Paginator"


def _native(draft: Draft, effect: Effect) -> None:
    node, name = effect.node, effect.detail
    if name == "build":
        draft.add(node, "async-paginator", _REASON, op="build")
    elif name == "iterate":
        iterate(draft, effect)
    elif may_await(draft, node):
        draft.natives += 1
        op = "sequence" if name == "sequence" else "call" if isinstance(node, ast.Call) else "attribute"
        method = "aget_object_list" if name == "sequence" else _ASYNC[name]
        draft.add(node, "async-paginator", _REASON, op=op, method=method, parens=parens(draft, node))


def _bridged(draft: Draft, effect: Effect) -> None:
    node = effect.node
    if effect.extra.get("quiet"):
        return
    if effect.detail == "iterate":
        over = effect.extra["over"]
        assert isinstance(over, ast.expr)
        if may_await(draft, over):
            bridge_expression(draft, over, "the rows of the page are fetched", op="list")
    elif effect.detail == "sequence":
        assert isinstance(node, ast.expr)
        if may_await(draft, node):
            bridge_expression(draft, node, "the rows of the page are fetched", op="list")
    elif isinstance(node, ast.Call):
        if may_await(draft, node):
            bridge_call(draft, node, f"{effect.receiver.ref}.{effect.detail} counts the rows")
    else:
        bridge_attribute(draft, node, f"`.{effect.detail}` of a paginator counts the rows")

"""What iterating a value does, and what it gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import evaluated, formsets, paginating
from amigrate.facts.effects import What
from amigrate.facts.lattice import (
    LAZY,
    MANAGERS,
    OPAQUE,
    UNKNOWN,
    Kind,
    Type,
    instance,
    is_obscure,
    join,
    list_of,
    members,
)

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


def iterate(
    flow: Flow,
    node: ast.expr,
    value: Type,
    env: Env,
    *,
    host: ast.AST,
    clause: int = 0,
    awaited: bool = False,
) -> Type:
    """What a `for` (statement or clause) over `value` binds; reports the evaluation at `host`."""
    kinds = members(value)
    if awaited:
        evaluated.fill(node, value, env)
        return element_of(flow, value) if all(k.kind in LAZY for k in kinds) else UNKNOWN
    if len(kinds) > 1 and any(k.kind in LAZY or k.kind is Kind.GENERATOR for k in kinds):
        if all(k.kind in LAZY and not k.cached for k in kinds):
            flow.emit(What.ITERATE, host, value, clause=clause, over=node)
            evaluated.fill(node, value, env)
        elif not all(k.kind in LAZY and k.cached for k in kinds):
            unsure(flow, node, kinds, "it iterates what may be a queryset or something else")
        return element_of(flow, value)
    kind = kinds[0]
    if kind.kind in LAZY:
        if not kind.cached:
            flow.emit(What.ITERATE, host, kind, clause=clause, over=node)
            # `async for` fills the result cache, so that later uses of the same object do no I/O
            evaluated.fill(node, kind, env)
        return element_of(flow, kind)
    if kind.kind in MANAGERS:
        flow.emit(What.DOUBT, host, detail="a manager is iterated")
    elif kind.kind is Kind.GENERATOR:
        flow.emit(What.ITERATE, host, kind, clause=clause, over=node)
    elif is_obscure(kind):
        flow.emit(What.DOUBT, host, detail="it iterates a value that may be a queryset: its type is not known")
    elif kind.kind is Kind.OBJECT:
        targets = flow.analyst.classes.dunders(kind.ref, ("__iter__", "__getitem__", "__next__"))
        if kind.ref in (paginating.PAGINATOR, paginating.PAGE):
            return paginating.iterated(flow, host, node, kind, clause)
        if not targets and flow.analyst.classes.is_formset(kind.ref):
            return formsets.iterated(flow, host, node, kind)
        if targets:
            flow.emit(What.TEXT, host, kind, "it is iterated", targets)
        elif flow.analyst.classes.foreign(kind.ref):
            flow.emit(What.DOUBT, host, detail=f"iterating a {kind.ref} may query the database")
        return UNKNOWN
    elif kind.kind is Kind.SESSION:
        flow.emit(What.DOUBT, host, detail="the session is iterated")
    return element_of(flow, kind)


def unsure(flow: Flow, node: ast.expr, kinds: tuple[Type, ...], detail: str) -> None:
    """Reports the evaluation of what may be a queryset or a list; with anything else among it, it is a doubt."""
    plain = all(k.kind in LAZY or k.kind in (Kind.LIST, Kind.DICT) for k in kinds)
    flow.emit(What.EITHER if plain else What.DOUBT, node, detail=detail)


def element_of(flow: Flow, value: Type) -> Type:
    """What iterating a value gives."""
    result: Type | None = None
    for one in members(value):
        if one.kind in LAZY:
            result = join(result, row_of(one))
        elif one.kind in (Kind.LIST, Kind.GENERATOR):
            result = join(result, evaluated.touched(one.item or UNKNOWN))
        elif one.kind is Kind.DICT:
            result = join(result, one.key or OPAQUE)
        elif one.kind in (Kind.OPAQUE, Kind.NONE) or (
            one.kind is Kind.MODULE and not flow.analyst.classes.foreign(one.ref)
        ):
            result = join(result, OPAQUE)
        else:
            return UNKNOWN
    return result or UNKNOWN


def row_of(queryset: Type) -> Type:
    """A row of a queryset."""
    if queryset.rows == "values":
        return Type(Kind.DICT, item=OPAQUE)
    if queryset.rows in ("flat", "dates"):
        return OPAQUE
    if queryset.rows == "values_list":
        return list_of(OPAQUE)
    if not queryset.ref:
        return UNKNOWN
    return instance(
        queryset.ref,
        loaded=queryset.loaded,
        prefetched=queryset.prefetched,
        to_attr=queryset.to_attr,
        deferred=queryset.deferred,
        only=queryset.only,
        without=queryset.without,
        origins=None if queryset.combined or queryset.kind is Kind.RAW else queryset.origins,
        saved=True,
    )


def consume(
    flow: Flow, node: ast.expr | None, value: Type, env: Env, wrapper: str, call: ast.Call | None = None
) -> Type:
    """A value is handed to something (`wrapper`, in `call`) that iterates all of it; gives the type of its elements."""
    if node is None:
        return element_of(flow, value)
    kinds = members(value)
    if isinstance(node, ast.GeneratorExp):
        return value.item or UNKNOWN  # its clauses were reported where they stand
    lazy = [k for k in kinds if k.kind in LAZY and not k.cached]
    if lazy and len(lazy) == len(kinds):
        flow.emit(What.CONSUME, node, value, wrapper, call=call)
        evaluated.fill(node, value, env)
    elif lazy:
        unsure(flow, node, kinds, "it evaluates what may be a queryset or something else")
    elif any(k.kind is Kind.GENERATOR for k in kinds):
        flow.emit(What.CONSUME, node, value, wrapper, call=call)
    elif any(map(is_obscure, kinds)):
        flow.emit(What.DOUBT, node, detail="it evaluates a value that may be a queryset: its type is not known")
    elif any(k.kind in MANAGERS for k in kinds):
        flow.emit(What.DOUBT, node, detail="a manager is iterated")
    elif any(k.kind is Kind.OBJECT for k in kinds):
        result: Type | None = None
        for one in kinds:
            targets = flow.analyst.classes.dunders(one.ref, ("__iter__", "__len__", "__getitem__"))
            if paginating.is_paginated(one):
                result = join(result, paginating.sequence(flow, node, one))
            elif one.kind is Kind.OBJECT and not targets and flow.analyst.classes.is_formset(one.ref):
                result = join(result, formsets.iterated(flow, node, node, one))
            elif targets:
                flow.emit(What.TEXT, node, one, "it is iterated", targets)
            elif one.kind is Kind.OBJECT and flow.analyst.classes.foreign(one.ref):
                flow.emit(What.DOUBT, node, detail=f"iterating a {one.ref} may query the database")
        return result if result is not None and len(kinds) == 1 else UNKNOWN
    return element_of(flow, value)

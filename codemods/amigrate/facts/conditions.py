"""Truth tests: what they evaluate, and what is known in each branch."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import consumer_members, evaluated, paginating
from amigrate.facts.effects import What
from amigrate.facts.iterating import consume, element_of, unsure
from amigrate.facts.lattice import LAZY, OPAQUE, UNKNOWN, Kind, Type, is_obscure, join, list_of, members

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


def boolean(flow: Flow, node: ast.BoolOp, env: Env, *, tested: bool) -> Type:
    """`a and b`, `a or b`: all but the last operand are tested, later ones may not run, and one is the value."""
    result: Type | None = None
    before = dict(env)
    inside = env
    for at, operand in enumerate(node.values):
        last = at == len(node.values) - 1
        if tested:
            value = condition(flow, operand, inside)
        else:
            value = flow.expression(operand, inside)
            if maybe_none(value) and (not last or (isinstance(node.op, ast.Or) and at > 0)):
                flow.emit(What.EITHER, operand, detail="it tests what may be None or a queryset")
                value = list_of(element_of(flow, value))
            elif any(m.kind in LAZY and not m.cached for m in members(value)):
                if not last or (isinstance(node.op, ast.Or) and at > 0):
                    # the tested queryset may be the result: a list stands for it, and for its alternatives
                    value = list_of(consume(flow, operand, value, inside, "or"))
            elif not last:
                truth(flow, operand, value, inside)
        result = join(result, value)
        if not last:
            yes, no = narrow(flow, operand, inside)
            if at == 0:
                before = dict(inside)
            inside = yes if isinstance(node.op, ast.And) else no
    if inside is not env:
        meet(env, before, inside, OPAQUE, OPAQUE)
    return result or UNKNOWN


def condition(flow: Flow, node: ast.expr, env: Env) -> Type:
    """An expression in a truth-tested place: a queryset would query."""
    if isinstance(node, ast.BoolOp):
        flow.reset(node)
        return boolean(flow, node, env, tested=True)
    value = flow.expression(node, env)
    if not isinstance(node, ast.UnaryOp | ast.Compare):
        truth(flow, node, value, env)
    return value


def truth(flow: Flow, node: ast.expr, value: Type, env: Env) -> None:
    """Reports what testing a value does."""
    kinds = members(value)
    if any(k.kind in LAZY and not k.cached for k in kinds) and not all(k.kind in LAZY for k in kinds):
        unsure(flow, node, kinds, "it tests what may be a queryset or something else")
    elif maybe_none(value):
        flow.emit(What.EITHER, node, detail="it tests what may be None or a queryset")
    elif any(one.kind in LAZY and not one.cached for one in kinds):
        keep = evaluated.kept(flow, node, value)
        if keep and isinstance(node, ast.NamedExpr):
            flow.emit(What.DOUBT, node, detail="a queryset is tested while it gets its name, and used again")
        flow.emit(What.TRUTH, node, value, keep=keep)
        if keep:
            evaluated.fill(node, value, env)
    for one in members(value):
        if one.kind in LAZY:
            pass
        elif is_obscure(one):
            flow.emit(What.DOUBT, node, detail="it is tested, and may be a queryset: its type is not known")
        elif one.kind in (Kind.INSTANCE, Kind.OBJECT):
            targets = flow.analyst.classes.dunders(one.ref, ("__bool__", "__len__"))
            if one.ref == paginating.PAGE and not paginating.in_memory(one):
                paginating.sequence(flow, node, one)
            elif one.ref in (paginating.PAGE, paginating.PAGINATOR, consumer_members.LAYER):
                pass
            elif targets:
                flow.emit(What.TEXT, node, one, "it is tested", targets)
            elif one.kind is Kind.OBJECT and flow.analyst.classes.foreign(one.ref):
                flow.emit(What.DOUBT, node, detail=f"testing what {one.ref} gives may query the database")


def maybe_none(value: Type) -> bool:
    """Whether a value may be None, and otherwise a queryset that is not evaluated yet."""
    kinds = members(value)
    nullable = value.nullable or any(one.nullable for one in kinds)
    return nullable and all(one.kind in LAZY for one in kinds) and not all(one.cached for one in kinds)


def narrow(flow: Flow, node: ast.expr, env: Env) -> tuple[Env, Env]:
    """The environments in which a test holds and does not hold."""
    yes, no = dict(env), dict(env)
    negated = False
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, negated = node.operand, not negated
    if isinstance(node, ast.NamedExpr):
        node = node.target
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for operand in node.values:
            yes = narrow(flow, operand, yes)[0]
        return (no, yes) if negated else (yes, no)
    if isinstance(node, ast.Name) and node.id in env:
        value = env[node.id]
        if value.nullable:
            yes[node.id] = value.but(nullable=False)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        nothing = isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value is None
        value = env.get(node.left.id, UNKNOWN)
        if nothing and value.nullable and isinstance(node.ops[0], ast.IsNot | ast.NotEq):
            yes[node.left.id] = value.but(nullable=False)
        elif nothing and value.nullable and isinstance(node.ops[0], ast.Is | ast.Eq):
            no[node.left.id] = value.but(nullable=False)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
        _narrow_isinstance(flow, node, yes)
    return (no, yes) if negated else (yes, no)


def _narrow_isinstance(flow: Flow, node: ast.Call, yes: Env) -> None:
    if len(node.args) != 2 or not isinstance(node.args[0], ast.Name) or isinstance(node.args[1], ast.Tuple):
        return
    kind = flow.analyst.annotation(flow.module, node.args[1])
    if kind.kind is not Kind.UNKNOWN and yes.get(node.args[0].id, UNKNOWN).kind is Kind.UNKNOWN:
        yes[node.args[0].id] = kind


def meet(env: Env, left: Env, right: Env, one: Type, other: Type) -> Type:
    from amigrate.facts.flow import join_envs  # flow imports this module

    merged = join_envs(left, right) or {}
    env.clear()
    env.update(merged)
    return join(one, other)

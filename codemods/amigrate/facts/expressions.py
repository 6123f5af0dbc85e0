"""Expressions of the flow analysis: what each gives and what it evaluates."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import calls, evaluated
from amigrate.facts import members as attributes
from amigrate.facts.choices import lambda_value
from amigrate.facts.comparing import COMPARISONS, may_compare
from amigrate.facts.conditions import boolean, condition, meet, narrow
from amigrate.facts.displays import comprehension, dictionary, display
from amigrate.facts.effects import What
from amigrate.facts.handing import text
from amigrate.facts.items import subscript
from amigrate.facts.iterating import consume, iterate
from amigrate.facts.lattice import (
    NONE,
    OPAQUE,
    UNKNOWN,
    Kind,
    Type,
    callables,
    join,
    list_of,
    members,
    position,
)
from amigrate.facts.operators import binary, compare

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow

_WITH_METHODS = frozenset({Kind.OBJECT, Kind.INSTANCE, Kind.UNION})


def evaluate(flow: Flow, node: ast.expr, env: Env) -> Type:
    """The type of an expression; an object whose special methods query may do so wherever it is used."""
    value = _evaluate(flow, node, env)
    if value.kind not in _WITH_METHODS:
        return value
    known = (one.ref for one in members(value) if one.kind in (Kind.OBJECT, Kind.INSTANCE))
    special = next(filter(None, map(flow.analyst.blocking.treacherous, known)), "")
    if special and flow.analysis.qualified.rpartition(".")[0] != special.rpartition(".")[0]:
        if special.rpartition(".")[2] not in COMPARISONS:
            flow.emit(What.DOUBT, node, detail=f"{special} may query, and Python may call it anywhere")
        elif may_compare(flow, node):
            flow.emit(What.DOUBT, node, detail=f"{special} may query, and may be called here")
    return value


def _evaluate(flow: Flow, node: ast.expr, env: Env) -> Type:
    """The type of an expression."""
    flow.reset(node)
    match node:
        case ast.Constant():
            return NONE if node.value is None else OPAQUE
        case ast.Name():
            return name(flow, node, env)
        case ast.Attribute():
            return attributes.attribute(flow, node, env)
        case ast.Call():
            return calls.call(flow, node, env)
        case ast.Await():
            value = evaluate(flow, node.value, env)
            if value.kind is Kind.COROUTINE:
                return value.item or UNKNOWN
            flow.drop(node.value, What.DOUBT, What.BRIDGE)  # what is awaited does not block
            return UNKNOWN
        case ast.BoolOp():
            return boolean(flow, node, env, tested=False)
        case ast.UnaryOp():
            if isinstance(node.op, ast.Not):
                condition(flow, node.operand, env)
            else:
                evaluate(flow, node.operand, env)
            return OPAQUE
        case ast.BinOp():
            return binary(flow, node, env)
        case ast.Compare():
            return compare(flow, node, env)
        case ast.IfExp():
            condition(flow, node.test, env)
            yes, no = narrow(flow, node.test, env)
            body, orelse = evaluate(flow, node.body, yes), evaluate(flow, node.orelse, no)
            flow.analysis.values.update({node.body: body, node.orelse: orelse})
            return meet(env, yes, no, body, orelse)
        case ast.NamedExpr():
            value = evaluate(flow, node.value, env)
            flow.assign(node.target, value, env, node.value)
            return value
        case ast.List() | ast.Tuple() | ast.Set():
            return display(flow, node, env)
        case ast.Dict():
            return dictionary(flow, node, env)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return comprehension(flow, node, env)
        case ast.Subscript():
            return subscript(flow, node, env)
        case ast.JoinedStr():
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    evaluate(flow, part, env)
            return OPAQUE
        case ast.FormattedValue():
            value = evaluate(flow, node.value, env)
            text(flow, node.value, value)
            if node.format_spec is not None:
                evaluate(flow, node.format_spec, env)
            return OPAQUE
        case ast.Lambda():
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    evaluate(flow, default, env)
            value = lambda_value(flow, node, flow.lambda_arguments.get(node, {}), env)
            flow.lambdas[position(node)] = node
            return Type(Kind.PARTIAL, "lambda", item=value, origins=frozenset({position(node)}))
        case ast.Starred():
            value = evaluate(flow, node.value, env)
            return list_of(consume(flow, node.value, value, env, "*"))
        case ast.Yield():
            value = evaluate(flow, node.value, env) if node.value is not None else NONE
            flow.yielded = join(flow.yielded, value)
            return UNKNOWN
        case ast.YieldFrom():
            value = evaluate(flow, node.value, env)
            item = iterate(flow, node.value, value, env, host=node)
            flow.yielded = join(flow.yielded, item)
            flow.emit(What.DELEGATE, node, quiet=True)
            return UNKNOWN
        case ast.Slice():
            for bound in (node.lower, node.upper, node.step):
                if bound is not None:
                    evaluate(flow, bound, env)
            return OPAQUE
        case _:
            return UNKNOWN


def name(flow: Flow, node: ast.Name, env: Env) -> Type:
    """A name: local, of an enclosing function, of the module, or built in."""
    if node.id in env:
        found = env[node.id]
    elif node.id in flow.locals or node.id in flow.outer:
        found = flow.outer.get(node.id, UNKNOWN)
    else:
        found = flow.analyst.names.global_name(flow.module, node.id)
    if node.id not in env:
        found = evaluated.touched(found)
    if found.kind in (Kind.FUNCTION, Kind.CHOICE) and isinstance(getattr(node, "ctx", None), ast.Load):
        flow.emit(
            What.VALUE, node, found, targets=tuple(one.ref for one in callables(found) if one.kind is Kind.FUNCTION)
        )
    if found.kind is Kind.UNKNOWN:
        found = flow.analyst.ask_oracle(flow, node)
        if found.kind is Kind.INSTANCE and node.id in env:
            env[node.id] = found  # what is read of it is loaded from then on
    return found

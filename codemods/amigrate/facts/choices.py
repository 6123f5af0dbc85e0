"""Calls of one of several functions: from a dispatch dict, a list of steps, a conditional expression, a partial."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from amigrate.facts.arguments import Arguments
from amigrate.facts.constructing import hand_over
from amigrate.facts.effects import What
from amigrate.facts.lattice import OPAQUE, UNKNOWN, Kind, Type, callables, join, members
from amigrate.facts.nodes import walk
from amigrate.facts.parameters import record_call

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


def choice_call(flow: Flow, node: ast.Call, callee: Type, args: Arguments, env: Env) -> Type:
    """A call whose function is one of several: all of them are its targets, so that they share a colour."""
    hand_over(node, env)
    targets = called(flow, callee, args)
    if targets is None:
        flow.emit(What.DOUBT, node, detail="what is called here is not known")
        return UNKNOWN
    if any(flow.analyst.classes.is_async(target) for target in targets):
        flow.emit(What.DOUBT, node, detail="it may call functions of both colours")
        return UNKNOWN
    result = returned(flow, targets)
    if result.kind is Kind.GENERATOR:
        flow.emit(What.DOUBT, node, detail="which generator is made here is not known")
        return UNKNOWN
    flow.emit(What.CALL, node, UNKNOWN, ast.unparse(node.func), targets, choice=True)
    return result.but(origins=None)


def called(flow: Flow, callee: Type, args: Arguments) -> tuple[str, ...] | None:
    """The functions of the project that a value runs when it is called with these arguments, which they get."""
    targets: list[str] = []
    for one in callables(callee):
        given = args
        if one.kind is Kind.METHOD and one.item is not None:
            found = flow.analyst.classes.overrides(one.item.ref, one.ref)
            if not found or any(flow.analyst.classes.is_property(target) for target in found):
                return None
            targets.extend(found)
        elif one.kind is Kind.OBJECT and (found := flow.analyst.classes.dunders(one.ref, ("__call__",))):
            targets.extend(found)
        elif one.kind in (Kind.FUNCTION, Kind.PARTIAL) and one.ref in flow.analyst.program.functions:
            if one.kind is Kind.PARTIAL:
                given = with_bound(one, node_args=args)
            targets.append(one.ref)
        else:
            return None
        for target in targets[-1:]:
            record_call(flow.analyst, flow.module, target, given, method=one.kind in (Kind.METHOD, Kind.OBJECT))
    return tuple(dict.fromkeys(targets))


def some_of(callee: Type) -> tuple[str, ...]:
    """The functions of the project among what may be called, when it may also be something else: a lambda, a class."""
    kinds = members(callee)
    known = [one for kind in kinds for one in callables(kind) if one.kind in (Kind.FUNCTION, Kind.PARTIAL)]
    named = tuple(one.ref for one in known if "." in one.ref)
    return named if len(kinds) > 1 else ()


def with_bound(partial: Type, node_args: Arguments) -> Arguments:
    """The arguments of a call of a partial, with those that it was made with before them."""
    nowhere = ast.Constant(None)
    bound = [(nowhere, kind) for kind in partial.options]
    return Arguments([*bound, *node_args.positional], node_args.keywords, node_args.starred)


def returned(flow: Flow, targets: tuple[str, ...]) -> Type:
    """What calling any of several functions gives."""
    result: Type | None = None
    for target in targets:
        result = join(result, flow.analyst.returns(target))
    return result or UNKNOWN


def each(
    flow: Flow, node: ast.Call, name: str, function: tuple[ast.expr, Type], elements: list[Type], env: Env
) -> Type:
    """A builtin calls a function with each element: `map(f, xs)`, `filter(f, xs)`, `sorted(xs, key=f)`; gives what
    the function returns. Only `map` and `filter` call it later, when what they give is run through."""
    written, kind = function
    if isinstance(written, ast.Lambda):
        result = lambda_value(flow, written, dict(zip(parameters(written), elements, strict=False)), env)
        flow.emit(What.EACH, node, UNKNOWN, name, function=written)
        return result
    if kind.kind not in (Kind.FUNCTION, Kind.CHOICE, Kind.METHOD, Kind.PARTIAL, Kind.OBJECT):
        return UNKNOWN
    nowhere = ast.Constant(None)
    targets = called(flow, kind, Arguments([(nowhere, element) for element in elements]))
    if targets is None:
        return UNKNOWN
    flow.emit(What.EACH, node, UNKNOWN, name, targets, function=written)
    return returned(flow, targets)


def lambda_value(flow: Flow, node: ast.Lambda, given: Mapping[str, Type], env: Env) -> Type:
    """What a lambda gives for these arguments; its effects are reported where it stands."""
    inside = dict(env)
    inside.update({a.arg: given.get(a.arg, UNKNOWN) for a in walk(node.args) if isinstance(a, ast.arg)})
    return flow.expression(node.body, inside)


def parameters(node: ast.Lambda) -> list[str]:
    """The names of the parameters that a lambda takes by position."""
    return [a.arg for a in (*node.args.posonlyargs, *node.args.args)]


def lambda_call(flow: Flow, node: ast.Call, callee: Type, args: Arguments, env: Env) -> Type:
    """A call of a lambda of this function: its parameters are what all its calls give."""
    result: Type | None = None
    lambdas = [flow.lambdas[place] for place in callee.origins or () if place in flow.lambdas]
    for one in lambdas:
        known = flow.lambda_arguments.setdefault(one, {})
        given = dict(zip(parameters(one), (kind for _, kind in args.positional), strict=False))
        given |= {name: kind for name, (_, kind) in args.keywords.items()}
        for name, kind in _defaults(one).items():
            given.setdefault(name, kind)
        for name, kind in given.items():
            known[name] = UNKNOWN if args.starred else join(known.get(name), kind)
        result = join(result, lambda_value(flow, one, known, env))
    if not lambdas:
        return callee.item or UNKNOWN  # its effects were reported where it stands
    flow.emit(What.LAMBDA, node, callee, lambdas=tuple(lambdas))
    return (result or UNKNOWN).but(origins=None)


def _defaults(node: ast.Lambda) -> dict[str, Type]:
    pairs = list(zip(reversed(parameters(node)), reversed(node.args.defaults), strict=False))
    pairs += [(a.arg, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
    return {name: OPAQUE if isinstance(d, ast.Constant) and d.value is not None else UNKNOWN for name, d in pairs}

"""The items of a `with`, and what an `ExitStack` enters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.items import _QUIET
from amigrate.facts.lattice import OPAQUE, UNKNOWN, Kind, Type, join, members, position

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

STACK = "contextlib.ExitStack"
_ENTERING = ("__enter__", "__exit__")


def enter(flow: Flow, node: ast.With | ast.AsyncWith, env: Env) -> None:
    """The items of a `with`."""
    for at, item in enumerate(node.items):
        value = flow.expression(item.context_expr, env)
        bound: Type = OPAQUE if value.kind in _QUIET else UNKNOWN
        if isinstance(node, ast.With):
            bound = _entered(flow, node, value, at)
        if item.optional_vars is not None:
            flow.assign(item.optional_vars, bound, env, None)


def _entered(flow: Flow, node: ast.With | ast.Call, value: Type, at: int) -> Type:
    """What entering a context manager gives; what it runs is reported at the `with` or the call."""
    result: Type | None = None
    for one in members(value):
        if one.kind is Kind.GENERATOR:
            flow.emit(What.WITH, node, one, one.ref, (one.ref,), item=at)
            result = join(result, one.item or UNKNOWN)
        elif one.kind is Kind.OBJECT and flow.analyst.classes.is_project_class(one.ref):
            result = join(result, _object(flow, node, one, at))
        elif one.kind is Kind.OBJECT and one.ref == STACK:
            result = join(result, one)
        elif one.kind is Kind.OBJECT and flow.analyst.classes.classify(one.ref)[0] == "refuse":
            result = join(result, OPAQUE)  # a cursor or a file; the call that made it is reported
        else:
            if one.kind is Kind.UNKNOWN or (one.kind is Kind.OBJECT and flow.analyst.classes.foreign(one.ref)):
                flow.emit(What.DOUBT, node, detail="a context manager whose kind is not known")
            result = join(result, OPAQUE if one.kind in _QUIET else UNKNOWN)
    return result or UNKNOWN


def _object(flow: Flow, node: ast.With | ast.Call, value: Type, at: int) -> Type:
    """An object of the project is entered: what its `__enter__` gives."""
    analyst = flow.analyst
    targets = analyst.classes.dunders(value.ref, _ENTERING)
    if not targets:
        if analyst.classes.foreign_base(value.ref):
            flow.emit(What.PIN, node, detail=f"the context manager {value.ref} may need its own thread or transaction")
        return value
    flow.emit(What.WITH, node, value, value.ref, targets, item=at)
    result: Type | None = None
    for target in targets:
        if target.endswith(".__enter__"):
            result = join(result, analyst.returns(target))
    return result or UNKNOWN


def stack_call(flow: Flow, node: ast.Call, stack: Type, name: str, args: Arguments) -> Type:
    """A method of an `ExitStack`: what it enters is entered here."""
    if name == "enter_context" and len(args.positional) == 1:
        entered = args.positional[0][1]
        before = len(flow.found.get(node, ()))
        result = _entered(flow, node, entered, 0)
        for effect in flow.found.get(node, [])[before:]:
            if effect.what is What.WITH:
                flow.found[node].remove(effect)
                flow.emit(What.WITH, node, effect.receiver, effect.detail, effect.targets, stack=stack.origins)
        return result
    if name in ("callback", "push", "close", "pop_all", "__enter__", "__exit__"):
        return UNKNOWN
    return OPAQUE


def made_stack(node: ast.Call) -> Type:
    """`ExitStack()`."""
    return Type(Kind.OBJECT, STACK, origins=frozenset({position(node)}))

"""Values handed to code that is not followed: what it may do with them, and what may come back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from amigrate.facts import library_models, orm_api
from amigrate.facts.effects import What
from amigrate.facts.iterating import element_of, row_of
from amigrate.facts.lattice import LAZY, MANAGERS, Kind, Type, members

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Flow

# what keeps any object and gives it back later
_HOLDERS = (
    "collections.",
    "types.",
    "contextvars.",
    "queue.",
    "heapq.",
    "weakref.",
    "operator.",
    "dataclasses.",
    "functools.",
)
_TEXTUAL = frozenset({"builtins.str", "builtins.repr", "builtins.ascii", "builtins.format", "builtins.print"})
_PLAIN_BOUND = orm_api.LAZY_METHODS | orm_api.INSTANCE_PURE


def holds(name: str) -> bool:
    """Whether an external function or class may give back any object that was put in."""
    return name.startswith(_HOLDERS)


def parts(value: Type) -> Iterator[Type]:
    """A type and all types in it: members of unions, elements, keys."""
    for one in members(value):
        yield one
        for inner in (one.item, one.key, *one.options):
            if inner is not None and one.kind in (Kind.LIST, Kind.DICT):
                yield from parts(inner)


def carries(value: Type) -> bool:
    """Whether a value is, or contains, something whose attributes may query."""
    return any(one.kind in (Kind.INSTANCE, Kind.OBJECT) or one.kind in LAZY | MANAGERS for one in parts(value))


def shown(flow: Flow, node: ast.expr, value: Type) -> None:
    """Code that is not followed may turn what it gets into text."""
    for one in parts(value):
        if one.kind in (Kind.INSTANCE, Kind.OBJECT):
            as_text(flow, node, one)


def as_text(flow: Flow, node: ast.expr, value: Type) -> None:
    """An instance is turned into text."""
    targets = flow.analyst.classes.dunders(value.ref, ("__str__", "__repr__", "__format__"))
    if targets and value.deferred:
        flow.emit(What.DOUBT, node, detail="it is turned into text, which may load a deferred field")
    elif targets:
        flow.emit(What.TEXT, node, value, "it is turned into text", targets)
    elif value.kind is Kind.INSTANCE and library_models.is_model(flow.analyst, value.ref):
        flow.emit(What.DOUBT, node, detail=f"it is turned into text, and {value.ref}.__str__ may query")


def callbacks(flow: Flow, node: ast.Call, args: Arguments) -> None:
    """Functions among the arguments of a call, which it may call with parts of its other arguments."""
    textual = [a for a, value in args.pairs() if _is_textual(a, value)]
    builtin = [v.ref for v in args.types() if v.kind is Kind.MODULE and v.ref.startswith("builtins.")]
    for argument, value in args.pairs():
        if builtin:
            lazy_inside(flow, argument, value, builtin[0].removeprefix("builtins."))
        if textual and argument not in textual:
            rows = any(m.kind in LAZY or m.kind is Kind.GENERATOR for m in members(value))
            text(flow, argument, element_of(flow, value) if rows else value)
        for one in members(value):
            called = flow.analyst.classes.dunders(one.ref, ("__call__",)) if one.kind is Kind.OBJECT else ()
            if called:
                flow.emit(What.VALUE, argument, one, targets=called)
            if one.kind is Kind.METHOD and one.item is not None and _queries(flow, one.item, one.ref):
                detail = f"`{one.ref}` is handed over where it would be called on the event loop"
                flow.emit(What.DOUBT, argument, detail=detail)


def lazy_inside(flow: Flow, node: ast.expr, value: Type, name: str) -> None:
    """What evaluates the elements of what it gets finds querysets among them."""
    for one in parts(value):
        items = members(one.item) if one.kind is Kind.LIST and one.item is not None else ()
        if any(m.kind in LAZY and not m.cached for m in items):
            flow.emit(What.DOUBT, node, detail=f"`{name}` evaluates the querysets in a list")
            return


def tested(flow: Flow, node: ast.expr, result: Type, name: str) -> None:
    """What a function gives is tested by the one that it is handed to."""
    if any(one.kind in LAZY and not one.cached for one in members(result)):
        flow.emit(What.DOUBT, node, detail=f"it gives a queryset, which `{name}` evaluates to test it")


def _is_textual(argument: ast.expr, value: Type) -> bool:
    if value.kind is Kind.MODULE:
        return value.ref in _TEXTUAL
    return isinstance(argument, ast.Attribute) and argument.attr == "format" and value.kind is Kind.OPAQUE


def _queries(flow: Flow, base: Type, name: str) -> bool:
    """Whether a bound method of the ORM queries; methods of the project are judged as functions."""
    if base.kind in LAZY | MANAGERS:
        return name not in _PLAIN_BOUND
    return base.kind is Kind.INSTANCE and (name in orm_api.INSTANCE_TERMINALS or name in orm_api.INSTANCE_BRIDGED)


def text(flow: Flow, node: ast.expr, value: Type) -> None:
    """A value is turned into text."""
    for one in members(value):
        if one.kind in LAZY and not one.cached:
            flow.emit(What.DOUBT, node, detail="a queryset is turned into text, which evaluates it")
        elif one.kind in LAZY:
            text(flow, node, row_of(one))
        elif one.kind is Kind.METHOD and one.item is not None:
            text(flow, node, one.item)
        elif one.kind in (Kind.INSTANCE, Kind.OBJECT):
            as_text(flow, node, one)
        elif one.kind is Kind.UNKNOWN and flow.analyst.blocking.text_may_block():
            detail = "it is turned into text, its type is not known, and some model's __str__ queries"
            flow.emit(What.DOUBT, node, detail=detail)
        elif one.kind in (Kind.LIST, Kind.DICT):
            for inner in (one.item, one.key, *one.options):
                if inner is not None:
                    text(flow, node, inner)

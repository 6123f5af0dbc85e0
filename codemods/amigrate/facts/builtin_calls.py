"""Python's built-in functions in the flow analysis: most of them evaluate what they are given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import evaluated, formsets, handing, paginating, unloading
from amigrate.facts.choices import each
from amigrate.facts.conditions import truth
from amigrate.facts.effects import What
from amigrate.facts.handing import text
from amigrate.facts.iterating import consume, element_of, unsure
from amigrate.facts.lattice import (
    LAZY,
    NONE,
    OPAQUE,
    OPAQUE_LIST,
    UNKNOWN,
    Kind,
    Type,
    is_obscure,
    join,
    list_of,
    members,
)

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

EATERS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "sum", "any", "all", "max", "min", "enumerate"}
    | {"zip", "reversed", "dict"}
)


def call(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    """A call of a built-in function."""
    first = args.positional[0] if args.positional else None
    if name == "dict.fromkeys" and first:
        consume(flow, first[0], first[1], env, name)
        key = element_of(flow, first[1])
        return Type(Kind.DICT, item=args.positional[1][1] if len(args.positional) > 1 else NONE, key=key)
    if name in EATERS:
        return _eat(flow, node, name, args, env)
    match name:
        case "len" if first:
            _length(flow, node, *first, env)
        case "bool" if first:
            truth(flow, first[0], first[1], env)
        case "str" | "repr" | "format" if first:
            text(flow, first[0], first[1])
        case "print" | "str.format" | "str.format_map" | "ascii":
            for argument, value in args.pairs():
                text(flow, argument, value)
        case "map" | "filter":
            return _mapped(flow, node, name, args, env)
        case "next" if first:
            return _next(flow, node, args)
        case "iter" if first:
            if any(m.kind in LAZY and not m.cached for m in members(first[1])):
                parent = flow.analysis.parents.get(node)
                if not (
                    isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "next"
                ):
                    flow.emit(What.DOUBT, node, detail="`iter` evaluates a queryset, and the iterator is kept")
                return Type(Kind.PARTIAL, "iter", item=first[1])
            if first[1].kind is Kind.GENERATOR:
                flow.emit(What.INDEX, node, first[1], "iter")
            elif any(map(is_obscure, members(first[1]))):
                detail = "`iter` of a value that may be a queryset evaluates it: its type is not known"
                flow.emit(What.DOUBT, node, detail=detail)
            return list_of(element_of(flow, first[1]))
        case "getattr" | "hasattr" if len(args.positional) > 1:
            return _getattr(flow, node, name, args, env)
        case "setattr" | "delattr" if first:
            if any(m.kind in (Kind.INSTANCE, Kind.UNKNOWN) for m in members(first[1])):
                unloading.unload(flow, env, first[1].ref if first[1].kind is Kind.INSTANCE else "")
            return NONE
        case "open" | "input":
            detail = f"`{name}()` waits for something outside and would block the event loop"
            flow.emit(What.PIN, node, Type(Kind.OBJECT, f"builtins.{name}"), detail)
        case "eval" | "exec" | "compile" | "__import__":
            flow.emit(What.DOUBT, node, detail=f"`{name}()` runs code that is not followed")
            return UNKNOWN
        case "type" if first and first[1].kind is Kind.INSTANCE:
            return Type(Kind.MODEL, first[1].ref)
        case "range" | "vars" | "dir":
            return OPAQUE_LIST
        case "super":
            return UNKNOWN
        case _:
            for argument, value in args.pairs():
                if any(m.kind in LAZY and not m.cached for m in members(value)) and name not in _LOOKERS:
                    flow.emit(What.DOUBT, argument, detail=f"a queryset is handed to `{name}`, which may evaluate it")
                if name.endswith(("Error", "Exception", "Warning")):
                    handing.shown(flow, argument, value)  # the message of an exception
    return OPAQUE


_LOOKERS = frozenset({"isinstance", "issubclass", "id", "callable", "type", "hash", "setattr", "delattr"})


def _mapped(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    """`map(f, xs)` and `filter(f, xs)`."""
    elements: list[Type] = []
    for argument, value in args.positional[1:]:
        if name == "filter":
            handing.lazy_inside(flow, argument, value, name)
        elements.append(consume(flow, argument, value, env, name, call=node))
    if not elements or args.starred:
        return list_of(UNKNOWN)
    result = each(flow, node, name, args.positional[0], elements, env)
    if name == "filter":
        handing.tested(flow, args.positional[0][0], result, name)
    return list_of(elements[0] if name == "filter" else result)


def _eat(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    items: list[Type] = []
    by_name = [args.keywords["iterable"]] if name == "enumerate" and "iterable" in args.keywords else []
    for argument, value in (*args.positional, *by_name):
        if name in ("any", "all"):
            handing.lazy_inside(flow, argument, value, name)
        scalars = name in ("max", "min") and len(args.positional) > 1
        if scalars or (name == "sum" and items):
            items.append(value)
        else:
            items.append(consume(flow, argument, value, env, name, call=node))
    item: Type | None = None
    for one in items:
        item = join(item, one)
    item = item or NONE
    if name in ("sorted", "min", "max") and (by := args.keywords.get("key")):
        each(flow, node, "key", by, [item], env)
    if name in ("list", "tuple", "set", "frozenset", "sorted", "reversed"):
        return list_of(item)
    if name == "enumerate":
        return list_of(Type(Kind.LIST, item=join(OPAQUE, item), options=(OPAQUE, item)))
    if name == "zip":
        return list_of(Type(Kind.LIST, item=item, options=tuple(items)))
    if name in ("max", "min"):
        default = args.keywords.get("default")
        return join(item, default[1]) if default else item
    if name == "dict":
        for key, (_, value) in args.keywords.items():
            item = value if item.kind is Kind.NONE and key else join(item, value)
        other = first_dict(args)
        if other is not None and not args.starred:
            return other.but(item=join(other.item, item) if args.keywords else other.item, options=())
        unknown = bool(args.positional) or args.starred
        return Type(Kind.DICT, item=UNKNOWN if unknown else item, key=UNKNOWN if unknown else None)
    return OPAQUE


def first_dict(args: Arguments) -> Type | None:
    """The dict that `dict(other)` copies."""
    one = args.positional[0][1] if len(args.positional) == 1 else None
    return one if one is not None and one.kind is Kind.DICT and not one.nullable else None


def _length(flow: Flow, node: ast.Call, argument: ast.expr, value: Type, env: Env) -> None:
    kinds = members(value)
    lazy = [k for k in kinds if k.kind in LAZY and not k.cached]
    if lazy and len(lazy) == len(kinds):
        keep = evaluated.kept(flow, argument, value)
        flow.emit(What.LENGTH, node, value, keep=keep)
        if keep:
            evaluated.fill(argument, value, env)
    elif lazy:
        unsure(flow, argument, kinds, "`len` of what may be a queryset or something else")
    elif any(map(is_obscure, kinds)):
        flow.emit(What.DOUBT, node, detail="`len` of a value that may be a queryset: its type is not known")
    for one in kinds:
        if one.kind is Kind.OBJECT:
            if paginating.is_paginated(one):
                paginating.sequence(flow, argument, one)
            elif flow.analyst.classes.is_formset(one.ref) and not flow.analyst.classes.may_be_method("__len__"):
                formsets.iterated(flow, node, argument, one)
            elif targets := flow.analyst.classes.dunders(one.ref, ("__len__",)):
                flow.emit(What.TEXT, argument, one, "its length is taken", targets)
            elif flow.analyst.classes.foreign(one.ref):
                flow.emit(What.DOUBT, node, detail=f"the length of a {one.ref} may query the database")


def _next(flow: Flow, node: ast.Call, args: Arguments) -> Type:
    argument, value = args.positional[0]
    if value.kind is Kind.PARTIAL and value.ref == "iter" and value.item is not None:
        if isinstance(argument, ast.Call):
            flow.emit(What.INDEX, node, value.item, "next")
        else:
            flow.emit(What.DOUBT, node, detail="`next` of an iterator over a queryset")
        row = element_of(flow, value.item)
        return join(row, args.positional[1][1]) if len(args.positional) > 1 else row
    if value.kind is Kind.GENERATOR and value.ref:
        flow.emit(What.INDEX, node, value, "anext")
        row = element_of(flow, value)
        return join(row, args.positional[1][1]) if len(args.positional) > 1 else row
    if value.kind in (Kind.GENERATOR, Kind.UNKNOWN):
        flow.emit(What.DOUBT, node, detail="`next` runs a generator that may query")
    if value.kind is Kind.LIST:
        item = value.item or UNKNOWN
        return join(item, args.positional[1][1]) if len(args.positional) > 1 else item
    return UNKNOWN


def _getattr(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    from amigrate.facts.members import member

    key, (_, base) = args.positional[1][0], args.positional[0]
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        result: Type | None = None
        for one in members(base):
            result = join(result, member(flow, node, one, key.value, env))
        if len(args.positional) > 2 and result is not None:
            result = join(result, args.positional[2][1])
        return (result or UNKNOWN) if name == "getattr" else OPAQUE
    if all(m.kind is Kind.MODULE and m.ref == "django.conf.settings" for m in members(base)):
        return OPAQUE  # settings are read before there are models
    plain = {Kind.OPAQUE, Kind.MODULE, Kind.CLASS, Kind.LIST, Kind.DICT, Kind.NONE}
    if all(m.kind in plain for m in members(base)):
        known = name == "hasattr" or all(m.kind in (Kind.OPAQUE, Kind.NONE) for m in members(base))
        return OPAQUE if known else UNKNOWN
    flow.emit(What.DOUBT, node, detail="an attribute with a computed name may load a relation")
    return UNKNOWN if name == "getattr" else OPAQUE

"""Subscripts: reading, setting and deleting an item, and setting an attribute."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import consumer_members, containers, evaluated, paginating, unloading
from amigrate.facts import members as attributes
from amigrate.facts.cleaned import cleaned_field
from amigrate.facts.effects import What
from amigrate.facts.iterating import element_of, row_of, unsure
from amigrate.facts.lattice import LAZY, OPAQUE, REQUEST_USER, UNKNOWN, Kind, Type, is_obscure, join, list_of, members
from amigrate.facts.test_cases import RESPONSE

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow

_QUIET = frozenset({Kind.OPAQUE, Kind.NONE, Kind.LIST, Kind.DICT, Kind.FUNCTION, Kind.METHOD, Kind.MODULE, Kind.CLASS})


def subscript(flow: Flow, node: ast.Subscript, env: Env) -> Type:
    """`x[i]`, `x[a:b]`."""
    value = flow.expression(node.value, env)
    key = flow.expression(node.slice, env)
    if not isinstance(node.ctx, ast.Load):
        flow.subscripts[node] = (value, key)
    kinds = members(value)
    if len(kinds) > 1 and any(k.kind in LAZY for k in kinds):
        unsure(flow, node.value, kinds, "it indexes what may be a queryset or something else")
        sliced = isinstance(node.slice, ast.Slice)
        return UNKNOWN if sliced else element_of(flow, value)
    kind = kinds[0]
    if kind.kind in LAZY and kind.touched and not kind.cached:
        flow.emit(What.DOUBT, node, detail="it may be evaluated already: what it gives then is a list, not a queryset")
    if kind.kind in LAZY:
        if isinstance(node.slice, ast.Slice):
            if node.slice.step is not None or kind.kind is Kind.RAW:
                if not kind.cached:
                    flow.emit(What.INDEX, node, kind, "step")
                return list_of(row_of(kind))
            return kind.but(sliced=True, touched=False) if not kind.cached else list_of(row_of(kind))
        if not kind.cached:
            flow.emit(What.INDEX, node, kind, "index")
        return row_of(kind)
    if kind.kind is Kind.MODULE and kind.ref == "django.db.connections":
        return Type(Kind.MODULE, "django.db.connection")
    if kind.kind is Kind.MODULE and not kind.ref.startswith("django.conf.") and flow.analyst.classes.foreign(kind.ref):
        return Type(Kind.OBJECT, kind.ref)  # what a library keeps there may query
    if kind.kind is Kind.LIST:
        if isinstance(node.slice, ast.Slice):
            return kind.but(options=())
        if kind.options and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            at = node.slice.value
            if -len(kind.options) <= at < len(kind.options):
                return kind.options[at]
        return evaluated.touched(kind.item or UNKNOWN)
    if (of_scope := consumer_members.item(flow, kind, node.slice)) is not None:
        return of_scope
    if kind.kind is Kind.DICT and (field := cleaned_field(flow.analyst, kind, node.slice)) is not None:
        return field
    if kind.kind is Kind.DICT:
        if isinstance(node.ctx, ast.Load) and any(one.kind in LAZY for one in members(key)):
            flow.emit(What.DOUBT, node, detail="a defaultdict would keep this queryset as a key")
        return evaluated.touched(kind.item or UNKNOWN)
    if kind.kind is Kind.SESSION:
        flow.emit(What.SESSION, node, kind, "getitem")
        return OPAQUE  # what a session keeps was JSON
    if kind.kind is Kind.CACHE:
        return kind  # `caches["default"]`
    if kind.kind is Kind.OBJECT and kind.ref == RESPONSE:
        return OPAQUE  # a header
    if kind.kind is Kind.OBJECT:
        targets = flow.analyst.classes.dunders(kind.ref, ("__getitem__",))
        if paginating.is_paginated(kind):
            return paginating.sequence(flow, node.value, kind)
        if targets:
            flow.emit(What.TEXT, node, kind, "it is indexed", targets)
        elif flow.analyst.classes.foreign(kind.ref):
            flow.emit(What.DOUBT, node, detail=f"indexing a {kind.ref} may query the database")
        return UNKNOWN
    if is_obscure(kind):
        number = isinstance(node.slice, ast.Slice) or (
            isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
        )
        if number or key.kind is Kind.UNKNOWN:
            flow.emit(What.DOUBT, node, detail="it indexes a value that may be a queryset: its type is not known")
        return UNKNOWN
    return OPAQUE if kind.kind in _QUIET else UNKNOWN


def set_attribute(flow: Flow, target: ast.Attribute, base: Type, value: Type, env: Env) -> None:
    """`x.name = value`: assigning a relation loads it, assigning its id unloads it."""
    keep(flow, target.attr, base, value)
    if base.kind is Kind.OBJECT and base.ref == "threading.local":
        attributes.of_object(flow, target, base, target.attr, env)
        return
    if base.kind is Kind.INSTANCE and isinstance(target.value, ast.Name) and target.value.id in env:
        one = flow.analyst.graph.field(base.ref, target.attr)
        loaded, only = base.loaded, base.only
        if one is not None and one.kind in ("fk", "o2o", "gfk"):
            loaded = loaded | {target.attr}
        elif one is not None and target.attr.endswith("_id"):
            relation = target.attr.removesuffix("_id")
            loaded = frozenset(p for p in loaded if p.split("__")[0] != relation)
        if only:
            only = only | {target.attr}
        without = base.without - {target.attr, target.attr.removesuffix("_id")}
        env[target.value.id] = base.but(loaded=loaded, only=only, without=without)
        if loaded < base.loaded:
            unloading.unload(flow, env, base.ref)
    elif base.kind is Kind.INSTANCE and target.attr.endswith("_id"):
        unloading.unload(flow, env, base.ref)
    elif base.kind is Kind.REQUEST and target.attr == "user":
        env[REQUEST_USER] = value
    elif base.kind in (Kind.INSTANCE, Kind.OBJECT) and base.ref:
        setters = flow.analyst.classes.setters(base.ref, target.attr)
        if setters:
            flow.emit(What.PROPERTY, target, base, target.attr, setters)


def keep(flow: Flow, name: str, base: Type, value: Type) -> None:
    """Remembers what is assigned to an attribute of a view."""
    if base.kind is Kind.OBJECT and flow.analyst.classes.is_own(base.ref):
        flow.kept[name] = join(flow.kept.get(name), value)


def set_item(flow: Flow, target: ast.Subscript, value: Type, env: Env) -> None:
    """`x[k] = value`."""
    base = flow.expression(target.value, env)
    put_item(flow, target, base, flow.expression(target.slice, env), value, env)


def put_item(flow: Flow, target: ast.Subscript, base: Type, key: Type, value: Type, env: Env) -> None:
    """`x[k] = value` when the types of `x` and `k` are known."""
    if base.kind is Kind.SESSION:
        flow.emit(What.SESSION, target, base, "setitem")
    elif base.kind in (Kind.DICT, Kind.LIST):
        added = value
        if isinstance(target.slice, ast.Slice):
            added = element_of(flow, value)
            if any(m.kind in LAZY or m.kind is Kind.GENERATOR for m in members(value)):
                flow.emit(What.DOUBT, target, detail="what a queryset or generator gives is put into a list")
        keys = key if base.kind is Kind.DICT else None
        containers.grow(target.value, env, lambda box: containers.grown(box, added, keys))
    elif base.kind in LAZY:
        flow.emit(What.DOUBT, target, detail="a queryset's item is assigned")


def delete(flow: Flow, statement: ast.Delete, target: ast.expr, env: Env) -> None:
    """`del x[k]`."""
    if isinstance(target, ast.Subscript):
        flow.reset(target)
        base = flow.expression(target.value, env)
        flow.expression(target.slice, env)
        if base.kind is Kind.SESSION:
            flow.emit(What.SESSION, target, base, "delitem", alone=len(statement.targets) == 1)
    elif isinstance(target, ast.Attribute):
        base = flow.expression(target.value, env)
        if base.kind in (Kind.INSTANCE, Kind.OBJECT):
            unloading.unload(flow, env, base.ref)
    elif isinstance(target, ast.Name):
        env.pop(target.id, None)

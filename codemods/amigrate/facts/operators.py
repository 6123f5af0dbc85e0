"""Operators and comparisons: which of them evaluate a queryset."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import containers, evaluated, handing
from amigrate.facts.effects import What
from amigrate.facts.handing import text
from amigrate.facts.iterating import consume, unsure
from amigrate.facts.lattice import LAZY, OPAQUE, UNKNOWN, Kind, Type, is_obscure, join, members, position

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


def binary(flow: Flow, node: ast.BinOp, env: Env) -> Type:
    """Operators: `|` and `&` combine querysets lazily, `%` formats."""
    left, right = flow.expression(node.left, env), flow.expression(node.right, env)
    if left.kind in LAZY and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor):
        origins = frozenset({position(node)})
        loaded = left.loaded & right.loaded
        return left.but(origins=origins, loaded=loaded, prefetched=frozenset(), cached=False, touched=False)
    if isinstance(node.op, ast.Mod) and _is_message(node.left):
        if isinstance(node.right, ast.Tuple) and len(right.options) == len(node.right.elts):
            for part, kind in zip(node.right.elts, right.options, strict=True):
                text(flow, part, kind)
        else:
            text(flow, node.right, right)
        return OPAQUE
    if isinstance(node.op, ast.Mod):
        handing.shown(flow, node.right, right)
    if left.kind is right.kind and left.kind in containers.CONTAINERS and isinstance(node.op, ast.Add | ast.BitOr):
        return join(left.but(options=()), right.but(options=()))
    if left.kind is Kind.LIST and isinstance(node.op, ast.Sub | ast.BitAnd | ast.BitXor):
        return left.but(item=join(left.item, right.item or UNKNOWN), options=())
    if isinstance(node.op, ast.Add) and (left.kind in LAZY or right.kind in LAZY):
        flow.emit(What.DOUBT, node, detail="a queryset is added to something")
    if left.kind is Kind.LIST and isinstance(node.op, ast.Mult):
        return left
    return OPAQUE


def compare(flow: Flow, node: ast.Compare, env: Env) -> Type:
    """Comparisons: only `in` and `not in` evaluate a queryset."""
    left = flow.expression(node.left, env)
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = flow.expression(right_node, env)
        if isinstance(operator, ast.In | ast.NotIn):
            if len(members(right)) > 1 and any(m.kind in LAZY and not m.cached for m in members(right)):
                unsure(flow, right_node, members(right), "`in` on what may be a queryset or something else")
            elif right.kind in LAZY and not right.cached:
                keep = evaluated.kept(flow, right_node, right)
                flow.emit(What.CONTAINS, node, right, item=left, alone=len(node.ops) == 1, keep=keep)
                if keep:
                    evaluated.fill(right_node, right, env)
            elif right.kind is Kind.SESSION:
                flow.emit(What.SESSION, node, right, "contains", alone=len(node.ops) == 1)
            elif is_obscure(right):
                flow.emit(What.DOUBT, node, detail="`in` on a value that may be a queryset: its type is not known")
            elif right.kind is Kind.GENERATOR:
                consume(flow, right_node, right, env, "in")
            elif right.kind is Kind.OBJECT:
                targets = flow.analyst.classes.dunders(right.ref, ("__contains__", "__iter__"))
                if targets:
                    flow.emit(What.TEXT, node, right, "`in` calls it", targets)
            elif right.kind is Kind.CACHE:
                flow.emit(What.CACHE, node, right, "contains", alone=len(node.ops) == 1)
        elif isinstance(operator, ast.Eq | ast.NotEq | ast.Lt | ast.Gt | ast.LtE | ast.GtE):
            for side in (left, right):
                if side.kind in (Kind.OBJECT, Kind.INSTANCE):
                    targets = flow.analyst.classes.dunders(side.ref, ("__eq__", "__lt__", "__gt__"))
                    if targets:
                        flow.emit(What.TEXT, node, side, "the comparison calls it", targets)
        left = right
    return OPAQUE


def _is_message(node: ast.expr) -> bool:
    """A string to be formatted, or a translated one."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name == "_" or "gettext" in name
    return isinstance(node, ast.Constant) and isinstance(node.value, str)

"""Where an object may be compared or hashed without that being seen: matters only where its `__eq__` queries."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import orm_api
from amigrate.facts.nodes import walk
from amigrate.facts.values import dotted

if TYPE_CHECKING:
    from amigrate.facts.flow import Flow

COMPARISONS = frozenset({"__eq__", "__ne__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__"})
_RENDERING = frozenset({"django.shortcuts.render", "django.template.loader.render_to_string"})
_ASKING = frozenset(
    {"str", "repr", "format", "print", "isinstance", "getattr", "hasattr", "setattr", "type", "id", "bool", "len"}
)
_KEEPING = frozenset({"append", "insert", "appendleft"})


def may_compare(flow: Flow, node: ast.expr) -> bool:
    """Whether the use of an object here may compare or hash it; what is not known to do neither, may."""
    parent = flow.analysis.parents.get(node)
    match parent:
        case ast.Attribute():
            return parent.attr.startswith("__")
        case ast.Assign(targets=[ast.Name(id=name)]) if parent.value is node:
            return not _bound_once(flow, name)
        case ast.Expr() | ast.Return() | ast.Await() | ast.FormattedValue() | ast.If() | ast.Assert():
            return False  # of what a function gives, its callers know the type
        case ast.NamedExpr(target=ast.Name(id=name)):
            return not _bound_once(flow, name)
        case ast.UnaryOp(op=ast.Not()):
            return False
        case ast.Compare():
            return not all(isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops)
        case ast.Dict() if node in parent.values:
            return _may_compare_inside(flow, parent)
        case ast.keyword():
            call = flow.analysis.parents.get(parent)
            return not (isinstance(call, ast.Call) and (_queries(call) or _only_looks(flow, call)))
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in _KEEPING:
            return parent.args[-1] is not node or _named_may_compare(flow, name)
        case ast.Call() if parent.func is not node:
            return not _only_looks(flow, parent)
    return True


def _may_compare_inside(flow: Flow, node: ast.expr) -> bool:
    """The same of a container that holds it."""
    parent = flow.analysis.parents.get(node)
    match parent:
        case ast.Dict() | ast.List() | ast.Tuple():
            held = parent.values if isinstance(parent, ast.Dict) else parent.elts
            return node not in held or _may_compare_inside(flow, parent)
        case ast.Assign(targets=[ast.Name(id=name)]) if parent.value is node:
            return _named_may_compare(flow, name)
        case ast.keyword():
            call = flow.analysis.parents.get(parent)
            return not (isinstance(call, ast.Call) and _renders(flow, call))
        case ast.Call() if parent.func is not node:
            return not _renders(flow, parent)
    return True


def _named_may_compare(flow: Flow, name: str) -> bool:
    """Whether a list or dict of a local name is more than filled, run through, measured and rendered."""
    for part in walk(flow.analysis.node):
        if not (isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)):
            continue
        parent = flow.analysis.parents.get(part)
        match parent:
            case ast.Attribute(attr=attr) if attr in _KEEPING:
                continue
            case ast.For(iter=over) | ast.comprehension(iter=over) if over is part:
                continue
            case ast.If(test=tested) | ast.IfExp(test=tested) if tested is part:
                continue
            case ast.Subscript(ctx=ast.Store()) if parent.value is part:
                continue
            case ast.Call(func=ast.Name(id="len")) | ast.UnaryOp(op=ast.Not()):
                continue
        if _may_compare_inside(flow, part):
            return True
    return False


def _bound_once(flow: Flow, name: str) -> bool:
    """Whether a name means one thing in the whole function, so that its type is known wherever it is used."""
    found = [n for n in walk(flow.analysis.node) if isinstance(n, ast.Name) and n.id == name]
    return sum(isinstance(n.ctx, ast.Store) for n in found) == 1


def _renders(flow: Flow, call: ast.Call) -> bool:
    name = dotted(call.func)
    return bool(name) and flow.analyst.program.resolve(flow.module, name).qualified in _RENDERING


def _only_looks(flow: Flow, call: ast.Call) -> bool:
    """Whether a call only asks about its arguments, or renders them in a thread."""
    return (isinstance(call.func, ast.Name) and call.func.id in _ASKING) or _renders(flow, call)


def _queries(call: ast.Call) -> bool:
    """Whether it is a method of a queryset, which takes the key of what it is given by name."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return name in orm_api.LAZY_METHODS or (name in orm_api.TERMINALS and name != "update")

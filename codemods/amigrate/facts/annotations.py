"""Types from annotations."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.lattice import NONE, OPAQUE, UNKNOWN, Kind, Type, instance, join, list_of
from amigrate.facts.values import dotted

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

_PLAIN = frozenset(
    "str int float bool bytes complex date datetime time timedelta Decimal UUID Path object type None".split()
)
_CONTAINERS = frozenset(
    "list tuple set frozenset List Tuple Set FrozenSet Sequence Collection Iterable Iterator deque".split()
)
_MAPPINGS = frozenset("dict Dict Mapping MutableMapping defaultdict OrderedDict QueryDict".split())


def annotation_type(analyst: Analyst, module: str, node: ast.expr | None) -> Type:
    """The type that an annotation names; unknown when it says nothing that helps."""
    match node:
        case None:
            return UNKNOWN
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            try:
                return annotation_type(analyst, module, ast.parse(text, mode="eval").body)
            except SyntaxError:
                return UNKNOWN
        case ast.BinOp(op=ast.BitOr()):
            return join(annotation_type(analyst, module, node.left), annotation_type(analyst, module, node.right))
        case ast.Subscript():
            return _generic(analyst, module, node)
        case ast.Name() | ast.Attribute():
            return _named(analyst, module, dotted(node))
    return UNKNOWN


def _generic(analyst: Analyst, module: str, node: ast.Subscript) -> Type:
    last = dotted(node.value).rpartition(".")[2]
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    kinds = [annotation_type(analyst, module, i) for i in inner]
    if last == "Optional":
        return kinds[0].but(nullable=True) if kinds[0].kind is not Kind.UNKNOWN else UNKNOWN
    if last == "Union":
        result = kinds[0]
        for kind in kinds[1:]:
            result = join(result, kind)
        return result
    if last in ("Iterable", "Collection", "Sequence"):
        return UNKNOWN  # a queryset is one too
    if last in _CONTAINERS:
        return list_of(kinds[0])
    if last in _MAPPINGS:
        return Type(Kind.DICT, item=kinds[-1])
    if last.endswith("QuerySet") and kinds[0].kind is Kind.INSTANCE:
        return Type(Kind.QUERYSET, kinds[0].ref)
    if last in ("Annotated", "ClassVar", "Final"):
        return kinds[0]
    if last == "Literal":
        return OPAQUE
    return UNKNOWN


def _named(analyst: Analyst, module: str, name: str) -> Type:
    last = name.rpartition(".")[2]
    if last == "HttpRequest" or last in ("WSGIRequest", "ASGIRequest", "AuthenticatedHttpRequest"):
        return Type(Kind.REQUEST)
    symbol = analyst.program.resolve(module, name)
    if symbol.qualified in analyst.graph.models:
        return instance(symbol.qualified)
    if symbol.kind == "class":
        if analyst.classes.is_queryset_class(symbol.qualified):
            return Type(Kind.QUERYSET, analyst.classes.model_of_manager(symbol.qualified), manager=symbol.qualified)
        if any(e.endswith("HttpRequest") for e in analyst.program.externals(symbol.qualified)):
            return Type(Kind.REQUEST)
        return Type(Kind.OBJECT, symbol.qualified)
    if last in _PLAIN and symbol.kind == "external":
        return NONE if last == "None" else OPAQUE if last != "object" else UNKNOWN
    if last in _MAPPINGS:
        return Type(Kind.DICT, item=UNKNOWN)
    if last in ("list", "tuple", "set", "frozenset"):
        return list_of(UNKNOWN)
    if symbol.kind == "external" and symbol.module.startswith("django.http."):
        return OPAQUE
    if symbol.kind == "external" and "." in symbol.module:
        top = symbol.module.partition(".")[0]
        if top in ("typing", "collections", "abc"):
            return UNKNOWN
        return Type(Kind.OBJECT, symbol.module) if analyst.classes.foreign(symbol.module) else OPAQUE
    return UNKNOWN

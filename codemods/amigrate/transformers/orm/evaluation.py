"""`orm-evaluation`: what evaluates a queryset without iterating over it.

Sites by `op`, where Q is the queryset, `target` the name of a loop variable, and `parens` as everywhere:

- len: the Call `len(Q)`. exists: any expression Q in a truth test.
- contains and contains-list (`target`): the Compare `x in Q` or `x not in Q`.
- index and index-list (`target`): the Subscript `Q[i]`. slice-list (`target`): the Subscript `Q[a:b:k]`.
- next: the Call `next(iter(Q))` or `next(iter(Q), default)`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import await_method_of, awaited, awaited_containment, method_call
from amigrate.transformers.layout import commented
from amigrate.transformers.materialising import materialised, positional, sole_argument
from amigrate.transformers.parens import PRIMARY, Parens, argument, breaks_lines, spaced_pair, wrapped
from amigrate.transformers.shape import UnexpectedShape, contains, expect, expression, only


class OrmEvaluation(SiteCodemod):
    """`len(books)` → `await books.acount()`."""

    META = Metadata(
        id="orm-evaluation",
        summary="Await what evaluates a queryset: len(), truth, in, indexing, next()",
        why=(
            "len(qs), `if qs`, `x in qs`, qs[0] and next(iter(qs)) query the database. Where the queryset is used for "
            "nothing else, acount(), aexists() and acontains() ask the database the same question; otherwise the rows "
            "are fetched by an async comprehension."
        ),
        fix_safety=(
            "Safe: qs[0] becomes a comprehension over qs[:1], which keeps the IndexError and the ordering; afirst() "
            "would not. acount() and aexists() are used only where the rows are not needed."
        ),
        links=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#when-querysets-are-evaluated",),
        when_not="Where the rows are needed anyway: fetch them once into a list.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """The awaited form of the evaluation."""
        match site.param("op"):
            case "len":
                return _count(expect(node, cst.Call), site)
            case "exists":
                return await_method_of(expression(node), "aexists", site)
            case "contains":
                return awaited_containment(node, "acontains", site)
            case "contains-list":
                return _contained_in_list(expect(node, cst.Comparison), site)
            case "index":
                return _item(expect(node, cst.Subscript), site)
            case "index-list":
                subscript = expect(node, cst.Subscript)
                return subscript.with_changes(value=materialised(subscript.value, site.param("target")))
            case "slice-list":
                return _stepped_slice(expect(node, cst.Subscript), site)
            case "next":
                return _next(expect(node, cst.Call), site)
            case op:
                raise UnexpectedShape(f"unknown op {op!r}")


def _count(call: cst.Call, site: Site) -> cst.BaseExpression:
    """`len(Q)` as `await Q.acount()`; if Q breaks lines, the brackets of the call go on around the whole."""
    queryset, brackets = sole_argument(call)
    result = method_call(argument(queryset), "acount")
    own = Parens(call.lpar, call.rpar)
    lost = commented(brackets.opening) or commented(brackets.closing)
    if lost or (not own.left and breaks_lines(result)):
        own = own.enclosing(spaced_pair(brackets.opening, brackets.closing))
    return awaited(result, site, own)


def _contained_in_list(node: cst.Comparison, site: Site) -> cst.Comparison:
    target = only(node.comparisons, "comparison")
    if not isinstance(target.operator, cst.In | cst.NotIn):
        raise UnexpectedShape(f"expected in or not in, found {type(target.operator).__name__}")
    rows = materialised(target.comparator, site.param("target"))
    return node.with_changes(comparisons=[target.with_changes(comparator=rows)])


def _item(node: cst.Subscript, site: Site) -> cst.Subscript:
    """`Q[i]` as `[target async for target in Q[i:i + 1]][0]`."""
    element = only(node.slice, "subscript")
    index = expect(element.slice, cst.Index).value
    one_row = element.with_changes(slice=_one_row(index))
    rows = materialised(node.with_changes(slice=[one_row], lpar=[], rpar=[]), site.param("target"))
    first = cst.SubscriptElement(cst.Index(cst.Integer("0")))
    return cst.Subscript(value=rows, slice=[first], lpar=node.lpar, rpar=node.rpar)


def _one_row(index: cst.BaseExpression) -> cst.Slice:
    if isinstance(index, cst.Integer):
        number = int(index.value, 0)
        return cst.Slice(lower=index if number else None, upper=cst.Integer(str(number + 1)))
    if any(contains(index, kind) for kind in _RUNS_CODE):
        raise UnexpectedShape("the index would be computed twice")
    lower = index if _binds_like_plus(index) else wrapped(index)
    return cst.Slice(lower=index, upper=cst.BinaryOperation(left=lower, operator=cst.Add(), right=cst.Integer("1")))


_RUNS_CODE = (cst.Call, cst.Await, cst.Yield, cst.NamedExpr)
_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide, cst.Modulo, cst.Power)


def _binds_like_plus(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.BinaryOperation):
        return isinstance(node.operator, _ARITHMETIC)
    if isinstance(node, cst.UnaryOperation):
        return not isinstance(node.operator, cst.Not)
    return isinstance(node, PRIMARY)


def _stepped_slice(node: cst.Subscript, site: Site) -> cst.Subscript:
    """`Q[a:b:k]` as `[target async for target in Q[a:b]][::k]`."""
    element = only(node.slice, "subscript")
    part = expect(element.slice, cst.Slice)
    if part.step is None:
        raise UnexpectedShape("expected a slice with a step")
    iterable: cst.BaseExpression = node.value
    if part.lower is not None or part.upper is not None:
        plain = part.with_changes(step=None, second_colon=cst.MaybeSentinel.DEFAULT)
        iterable = node.with_changes(slice=[element.with_changes(slice=plain)], lpar=[], rpar=[])
    rows = materialised(iterable, site.param("target"))
    step = cst.SubscriptElement(cst.Slice(lower=None, upper=None, step=part.step))
    return cst.Subscript(value=rows, slice=[step], lpar=node.lpar, rpar=node.rpar)


def _next(call: cst.Call, site: Site) -> cst.BaseExpression:
    """`next(iter(Q), d)` as `await anext(aiter(Q), d)`; an argument that is no `iter(…)` stays as it is."""
    if not call.args:
        raise UnexpectedShape("expected an argument")
    first = positional(call.args[0])
    value = first.value
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Name) and value.func.value == "iter":
        value = value.with_changes(func=value.func.with_changes(value="aiter"))
    name = expect(call.func, cst.Name).with_changes(value="anext")
    return awaited(call.with_changes(func=name, args=[first.with_changes(value=value), *call.args[1:]]), site)

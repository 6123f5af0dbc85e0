"""Building `await X`: the shared end of nearly all codemods."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from amigrate.model import Site
from amigrate.transformers.layout import breaks, kept_comments, new_line_like
from amigrate.transformers.parens import NO_PARENS, Parens, argument, around, primary, receiver
from amigrate.transformers.shape import UnexpectedShape, expect, only, text_of


def awaited(expression: cst.BaseExpression, site: Site, own: Parens = NO_PARENS) -> cst.BaseExpression:
    """`await expression`.

    The parentheses of `expression`, or `own`, those of what it replaces, move around the whole. Without any, a pair
    is added if the site's `parens` is "1".
    """
    bare, parens = receiver(expression)
    return around(cst.Await(expression=bare), own if own.left else parens, site.param("parens") == "1")


def with_method(node: cst.CSTNode, method: str) -> cst.Call:
    """The call `X.old(…)` as `X.method(…)`.

    Raises:
        UnexpectedShape: `node` is not a call of an attribute.
    """
    call = expect(node, cst.Call)
    function = expect(call.func, cst.Attribute)
    return call.with_changes(func=function.with_changes(attr=cst.Name(method)))


def attribute(value: cst.BaseExpression, name: str) -> cst.Attribute:
    """`value.name`, on a line of its own if the last link of `value` is so too."""
    return cst.Attribute(value=value, attr=cst.Name(name), dot=_dot_like(value))


def _dot_like(value: cst.BaseExpression) -> cst.Dot:
    if value.lpar or not isinstance(value, cst.Call) or not isinstance(value.func, cst.Attribute):
        return cst.Dot()
    space = value.func.dot.whitespace_before
    if breaks(space):
        return cst.Dot(whitespace_before=new_line_like(space))
    return cst.Dot(whitespace_before=space) if "\n" in text_of(space) else cst.Dot()


def method_call(value: cst.BaseExpression, name: str, args: Sequence[cst.Arg] = ()) -> cst.Call:
    """`value.name(args)`; `value` is put in parentheses where it needs them."""
    return cst.Call(func=attribute(primary(value), name), args=args)


def await_method_of(expression: cst.BaseExpression, method: str, site: Site) -> cst.BaseExpression:
    """`await expression.method()`; the parentheses of `expression` move around the whole."""
    value, own = receiver(expression)
    return awaited(method_call(value, method), site, own)


def awaited_containment(node: cst.CSTNode, method: str, site: Site) -> cst.BaseExpression:
    """`key in X` as `await X.method(key)`, `key not in X` as `not await X.method(key)`.

    Raises:
        UnexpectedShape: `node` is not a comparison with one `in` or `not in`.
    """
    comparison = expect(node, cst.Comparison)
    target = only(comparison.comparisons, "comparison")
    operator = target.operator
    if not isinstance(operator, cst.In | cst.NotIn):
        raise UnexpectedShape(f"expected in or not in, found {type(operator).__name__}")
    lost = kept_comments(operator.whitespace_before, operator.whitespace_after)
    key = cst.Arg(argument(comparison.left), whitespace_after_arg=lost)
    result: cst.BaseExpression = cst.Await(expression=method_call(argument(target.comparator), method, [key]))
    if isinstance(operator, cst.NotIn):
        result = cst.UnaryOperation(cst.Not(), result)
    return around(result, Parens(comparison.lpar, comparison.rpar), site.param("parens") == "1")

"""Building `[x async for x in E]` and its relatives: a queryset made a list, set, tuple or dict."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from amigrate.transformers.layout import NONE, Space, breaks, joined, new_line_like
from amigrate.transformers.parens import PRIMARY, taken, wrapped
from amigrate.transformers.shape import UnexpectedShape, only

# What needs, or is easier to read with, parentheses after `in` of a comprehension.
_WEAK_ITERABLE = (cst.IfExp, cst.Lambda, cst.BooleanOperation, cst.NamedExpr, cst.Yield, cst.Tuple, cst.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Brackets:
    """The white space inside the brackets of a comprehension."""

    opening: Space = NONE
    closing: Space = NONE

    def left(self) -> cst.LeftSquareBracket:
        return cst.LeftSquareBracket(self.opening)

    def right(self) -> cst.RightSquareBracket:
        return cst.RightSquareBracket(self.closing)


TIGHT = Brackets()


def materialised(iterable: cst.BaseExpression, target: str) -> cst.ListComp:
    """`[target async for target in iterable]`; parentheses of `iterable` over several lines become the brackets."""
    if not isinstance(iterable, PRIMARY):
        return list_of(iterable, target, TIGHT)
    bare, own = taken(iterable)
    if not own.breaks:
        return list_of(bare, target, TIGHT)
    opening = joined(*(paren.whitespace_after for paren in own.left))
    closing = joined(*(paren.whitespace_before for paren in own.right))
    return list_of(bare, target, Brackets(opening, closing))


def list_of(iterable: cst.BaseExpression, target: str, brackets: Brackets) -> cst.ListComp:
    """`[target async for target in iterable]`."""
    return cst.ListComp(
        elt=_element(target),
        for_in=_clause(iterable, target, brackets),
        lbracket=brackets.left(),
        rbracket=brackets.right(),
    )


def set_of(iterable: cst.BaseExpression, target: str, brackets: Brackets) -> cst.SetComp:
    """`{target async for target in iterable}`."""
    return cst.SetComp(
        elt=_element(target),
        for_in=_clause(iterable, target, brackets),
        lbrace=cst.LeftCurlyBrace(brackets.opening),
        rbrace=cst.RightCurlyBrace(brackets.closing),
    )


def dict_of(iterable: cst.BaseExpression, target: str, brackets: Brackets) -> cst.DictComp:
    """`{k: v async for k, v in iterable}` for the target "k, v".

    Raises:
        UnexpectedShape: the target is not a pair of names.
    """
    pair = cst.parse_expression(target)
    if not isinstance(pair, cst.Tuple) or len(pair.elements) != 2:
        raise UnexpectedShape(f"a dict needs a target of two names, not {target!r}")
    key, value = pair.elements
    return cst.DictComp(
        key=key.value,
        value=value.value,
        for_in=_clause(iterable, target, brackets),
        lbrace=cst.LeftCurlyBrace(brackets.opening),
        rbrace=cst.RightCurlyBrace(brackets.closing),
    )


def sole_argument(call: cst.Call) -> tuple[cst.BaseExpression, Brackets]:
    """The argument of `f(E)`, and the white space around it; a trailing comma is dropped, its comment kept.

    Raises:
        UnexpectedShape: there is not exactly one positional argument.
    """
    arg = only(call.args, "argument")
    positional(arg)
    spaces = [arg.whitespace_after_arg]
    if isinstance(arg.comma, cst.Comma):
        spaces += [arg.comma.whitespace_before, arg.comma.whitespace_after]
    opening = call.whitespace_before_args
    return arg.value, Brackets(opening if breaks(opening) else NONE, joined(*spaces))


def positional(arg: cst.Arg) -> cst.Arg:
    """`arg`, if it is positional.

    Raises:
        UnexpectedShape: it is a keyword or is unpacked.
    """
    if arg.keyword is not None or arg.star:
        raise UnexpectedShape("expected a positional argument")
    return arg


def _element(target: str) -> cst.BaseExpression:
    element = cst.parse_expression(target)
    return wrapped(element) if isinstance(element, cst.Tuple) else element


def _clause(iterable: cst.BaseExpression, target: str, brackets: Brackets) -> cst.CompFor:
    name = cst.parse_expression(target)
    if not isinstance(name, cst.BaseAssignTargetExpression):
        raise UnexpectedShape(f"{target!r} is not an assignment target")
    return cst.CompFor(
        target=name,
        iter=wrapped(iterable) if isinstance(iterable, _WEAK_ITERABLE) else iterable,
        asynchronous=cst.Asynchronous(),
        whitespace_before=new_line_like(brackets.opening),
    )

"""Parentheses: which an expression has of its own, which it needs, and how they move around what it becomes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst

from amigrate.transformers.layout import Space, breaks
from amigrate.transformers.shape import text_of

Expression = TypeVar("Expression", bound=cst.BaseExpression)

# What may stand before `.name` and after `await` without parentheses.
PRIMARY = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.BaseList,
    cst.BaseSet,
    cst.BaseDict,
    cst.SimpleString,
    cst.FormattedString,
    cst.ConcatenatedString,
    cst.Ellipsis,
)
# Their own parentheses are a part of their syntax, or needed nearly everywhere.
_BOUND_TO_PARENS = (cst.Tuple, cst.GeneratorExp, cst.Yield, cst.NamedExpr)


@dataclass(frozen=True, slots=True)
class Parens:
    """The parentheses that stood around an expression, outermost first, with the white space inside them."""

    left: Sequence[cst.LeftParen] = ()
    right: Sequence[cst.RightParen] = ()

    @property
    def breaks(self) -> bool:
        """Whether there is a line break or comment directly inside one of them."""
        return any(breaks(paren.whitespace_after) for paren in self.left) or any(
            breaks(paren.whitespace_before) for paren in self.right
        )

    def enclosing(self, inner: Parens) -> Parens:
        """These parentheses with `inner` inside them."""
        return Parens((*self.left, *inner.left), (*inner.right, *self.right))


NO_PARENS = Parens()
PAIR = Parens((cst.LeftParen(),), (cst.RightParen(),))


def spaced_pair(after_left: Space, before_right: Space) -> Parens:
    """One pair with this white space inside."""
    return Parens((cst.LeftParen(after_left),), (cst.RightParen(before_right),))


def taken(expression: Expression) -> tuple[Expression, Parens]:
    """`expression` without its own parentheses, and these; a tuple, generator, `yield` or `:=` keeps them."""
    if isinstance(expression, _BOUND_TO_PARENS):
        return expression, Parens()
    return expression.with_changes(lpar=[], rpar=[]), Parens(expression.lpar, expression.rpar)


def given(expression: cst.BaseExpression, parens: Parens) -> cst.BaseExpression:
    """`expression` with `parens` around it."""
    if not parens.left:
        return expression
    return expression.with_changes(
        lpar=[*parens.left, *expression.lpar],
        rpar=[*expression.rpar, *parens.right],
    )


def wrapped(expression: cst.BaseExpression) -> cst.BaseExpression:
    """`expression` with parentheses around it: its own, or a new pair."""
    return expression if expression.lpar else given(expression, PAIR)


def around(expression: cst.BaseExpression, own: Parens, needed: bool) -> cst.BaseExpression:
    """`expression` in the parentheses `own` of what it replaces; without these, in a new pair if it is `needed`."""
    if own.left:
        return given(expression, own)
    return wrapped(expression) if needed else expression


def breaks_lines(expression: cst.BaseExpression) -> bool:
    """Whether `expression` breaks lines outside brackets of its own, so that it must stand within some."""
    text = text_of(expression)
    if "\n" not in text and "\r" not in text:
        return False
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return True
    return False


def primary(expression: cst.BaseExpression) -> cst.BaseExpression:
    """`expression` as it may stand before `.name`: in parentheses if it binds less tightly."""
    return expression if isinstance(expression, PRIMARY) else wrapped(expression)


def receiver(expression: cst.BaseExpression) -> tuple[cst.BaseExpression, Parens]:
    """`expression` as it may stand before `.name`, and its own parentheses if they are not needed for that."""
    if not isinstance(expression, PRIMARY):
        return wrapped(expression), Parens()
    return taken(expression)


def argument(expression: cst.BaseExpression) -> cst.BaseExpression:
    """`expression` as an argument among others: parentheses added where needed, dropped where they do nothing."""
    if isinstance(expression, cst.Tuple | cst.GeneratorExp | cst.Yield | cst.NamedExpr):
        return wrapped(expression)
    bare, own = taken(expression)
    return expression if own.breaks or breaks_lines(bare) else bare

"""Building `await sync_to_async(…)(…)`: what has to stay sync, called from async code in one thread hop."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from amigrate.codemod import Imports
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.parens import Parens, argument, taken, wrapped
from amigrate.transformers.shape import UnexpectedShape, contains, expect

_SYNC_TO_ASYNC = ("asgiref.sync", "sync_to_async")
_NEEDS_PARENS_IN_LAMBDA = (cst.NamedExpr, cst.Yield, cst.Tuple, cst.GeneratorExp)


def bridged_call(node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
    """`f(args)` as `await sync_to_async(f)(args)`; the layout of the arguments is kept.

    Raises:
        UnexpectedShape: `node` is not a call.
    """
    call = expect(node, cst.Call)
    bare, own = taken(call)
    return awaited(bare.with_changes(func=_bridge(argument(call.func), site, imports)), site, own)


def bridged(
    function: cst.BaseExpression, args: Sequence[cst.Arg], own: Parens, site: Site, imports: Imports
) -> cst.BaseExpression:
    """`await sync_to_async(function)(args)`, in the parentheses `own` of what it replaces."""
    return awaited(cst.Call(func=_bridge(function, site, imports), args=args), site, own)


def bridged_lambda(node: cst.BaseExpression, site: Site, imports: Imports) -> cst.BaseExpression:
    """`EXPR` as `await sync_to_async(lambda: EXPR)()`.

    Raises:
        UnexpectedShape: EXPR awaits, yields, or calls `super()` without arguments, which a lambda cannot.
    """
    for kind in (cst.Await, cst.Yield):
        if contains(node, kind):
            raise UnexpectedShape(f"a lambda cannot hold {kind.__name__.lower()}")
    if _Super.is_in(node):
        raise UnexpectedShape("super() without arguments does not work in a lambda")
    bare, own = taken(node)
    body = wrapped(bare) if isinstance(bare, _NEEDS_PARENS_IN_LAMBDA) else bare
    return bridged(cst.Lambda(params=cst.Parameters(), body=body), (), own, site, imports)


def _bridge(function: cst.BaseExpression, site: Site, imports: Imports) -> cst.Call:
    return cst.Call(func=sync_to_async(site.param("name"), imports), args=[cst.Arg(function)])


def sync_to_async(name: str, imports: Imports) -> cst.BaseExpression:
    """The expression for `sync_to_async`: `name`, by which the file knows it already, or else a new import."""
    if name:
        return cst.parse_expression(name)
    imports.needed.add(_SYNC_TO_ASYNC)
    return cst.Name(_SYNC_TO_ASYNC[1])


class _Super(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    @classmethod
    def is_in(cls, node: cst.CSTNode) -> bool:
        visitor = cls()
        node.visit(visitor)
        return visitor.found

    def visit_Call(self, node: cst.Call) -> None:
        self.found |= isinstance(node.func, cst.Name) and node.func.value == "super" and not node.args

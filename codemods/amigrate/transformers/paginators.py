"""`async-paginator`: the paginator's async classes.

Sites by `op`: build: the Call `Paginator(…)`. call: the Call `paginator.page(…)`; `method` is the new attribute name.
attribute: the Attribute `paginator.count`, read by the call of `method`. sequence: an expression that is a page, whose
rows are fetched by `method`. All but `build` with `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import await_method_of, awaited, method_call, with_method
from amigrate.transformers.parens import Parens
from amigrate.transformers.shape import UnexpectedShape, expect, expression

_MODULE = "django.core.paginator"


class AsyncPaginator(SiteCodemod):
    """`Paginator(books, 25).count` → `await AsyncPaginator(books, 25).acount()`."""

    META = Metadata(
        id="async-paginator",
        summary="Use AsyncPaginator and its a-methods",
        why=(
            "A paginator counts its rows, and a page fetches them, when they are first asked for: in async code this "
            "raises SynchronousOnlyOperation."
        ),
        fix_safety=(
            "Safe: only where the paginator and its pages stay in the function. Templates and helpers read properties "
            "that async pages do not have."
        ),
        links=("https://docs.djangoproject.com/en/stable/ref/paginator/#asyncpaginator-class",),
        when_not="Before Django 6.0, which has no AsyncPaginator: there get_page() is bridged with sync_to_async.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`AsyncPaginator(…)`, or the awaited method."""
        match site.param("op"):
            case "build":
                return _build(expect(node, cst.Call), imports)
            case "call":
                return awaited(with_method(node, site.param("method")), site)
            case "attribute":
                read = expect(node, cst.Attribute)
                return awaited(method_call(read.value, site.param("method")), site, Parens(read.lpar, read.rpar))
            case "sequence":
                return await_method_of(expression(node), site.param("method"), site)
            case op:
                raise UnexpectedShape(f"unknown op {op!r}")


def _build(call: cst.Call, imports: Imports) -> cst.Call:
    name = cst.Name("AsyncPaginator")
    if isinstance(call.func, cst.Attribute):
        return call.with_changes(func=call.func.with_changes(attr=name))
    function = expect(call.func, cst.Name)
    imports.needed.add((_MODULE, name.value))
    imports.replaced.add((_MODULE, function.value))
    return call.with_changes(func=function.with_changes(value=name.value))

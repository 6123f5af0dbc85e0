"""`orm-materialise`: querysets that sync code iterates over are fetched into a list first.

Sites and params:

- any expression E: `target` is the name of the loop variable; E → `[target async for target in E]`.
- with `unwrap` (list, tuple, set, frozenset, dict or sorted) the Call of it: `list(E)`; for dict the target is `k, v`.
  Without `target`, E must have become a list comprehension already: only the wrapper around it is taken away.
- `parens`: "1" puts the result in parentheses, as a set or dict needs it directly inside an f-string.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.materialising import dict_of, list_of, materialised, positional, set_of, sole_argument
from amigrate.transformers.parens import Parens, around
from amigrate.transformers.shape import UnexpectedShape, expect, expression


class OrmMaterialise(SiteCodemod):
    """`list(books)` → `[book async for book in books]`."""

    META = Metadata(
        id="orm-materialise",
        summary="Fetch a queryset with an async comprehension where sync code would iterate over it",
        why=(
            "list(), sorted(), sum(), zip(), unpacking and the like iterate over their argument with the sync "
            "protocol, which queries the database. An async comprehension fetches the rows first."
        ),
        fix_safety="Safe: one query, the same rows in the same order. Where list(E) was asked for, it is a list again.",
        links=("https://docs.djangoproject.com/en/stable/topics/db/queries/#asynchronous-queries",),
        when_not="Where the consumer stops early on a huge table: all rows are fetched, as with iteration before.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """The comprehension, or the call with a comprehension as its argument."""
        if wrapper := site.param("unwrap"):
            call = expect(node, cst.Call)
            result = _unwrapped(call, wrapper, site.param("target"))
            return around(result, Parens(call.lpar, call.rpar), site.param("parens") == "1")
        return around(materialised(expression(node), site.param("target")), Parens(), site.param("parens") == "1")


def _unwrapped(call: cst.Call, wrapper: str, target: str) -> cst.BaseExpression:
    if wrapper in ("tuple", "frozenset", "sorted"):
        return _with_list(call, target) if target else call.with_changes(lpar=[], rpar=[])
    iterable, brackets = sole_argument(call)
    if not target:
        return _without_wrapper(call, iterable, wrapper)
    match wrapper:
        case "list":
            return list_of(iterable, target, brackets)
        case "set":
            return set_of(iterable, target, brackets)
        case "dict":
            return dict_of(iterable, target, brackets)
        case _:
            raise UnexpectedShape(f"unknown wrapper {wrapper!r}")


def _with_list(call: cst.Call, target: str) -> cst.Call:
    if not call.args:
        raise UnexpectedShape("expected an argument")
    first = positional(call.args[0])
    args = [first.with_changes(value=materialised(first.value, target)), *call.args[1:]]
    return call.with_changes(args=args, lpar=[], rpar=[])


def _without_wrapper(call: cst.Call, comprehension: cst.BaseExpression, wrapper: str) -> cst.BaseExpression:
    inner = expect(comprehension, cst.ListComp)
    if wrapper == "list":
        return inner
    if wrapper != "set":
        return call.with_changes(lpar=[], rpar=[])
    return cst.SetComp(
        elt=inner.elt,
        for_in=inner.for_in,
        lbrace=cst.LeftCurlyBrace(inner.lbracket.whitespace_after),
        rbrace=cst.RightCurlyBrace(inner.rbracket.whitespace_before),
    )

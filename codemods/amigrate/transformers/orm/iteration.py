"""`orm-iteration`: loops and comprehensions over querysets.

Sites: a For statement; or a ListComp, SetComp, DictComp or GeneratorExp with `clauses`, the comma-separated indexes
(from 0) of its `for` clauses that become `async for`. With `to_list` "1" a GeneratorExp becomes a list comprehension.
With op=iterator the site is the Call `q.iterator(…)` that is iterated, which becomes `q.aiterator(…)`.
With op=yield-from it is the Expr `yield from xs`, which becomes a loop with `target` as its variable, an `async for` if
`async` is "1".
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.layout import ONE, Deeper, breaks, deeper, new_line_like
from amigrate.transformers.parens import Parens, given
from amigrate.transformers.shape import UnexpectedShape, expect, only, text_of


class OrmIteration(SiteCodemod):
    """`for book in books:` → `async for book in books:`."""

    META = Metadata(
        id="orm-iteration",
        summary="Iterate over querysets with async for",
        why=(
            "Iterating over a queryset queries the database. `async for` fetches all its rows in one thread hop, and "
            "fills its cache as `for` does. A generator expression that would become asynchronous is made a list, "
            "because sum(), any(), join() and most other consumers take no async generator."
        ),
        fix_safety=(
            "Safe: one query, the same rows. In a list made of a generator expression all elements are computed, even "
            "if the consumer would have stopped early."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/db/queries/#asynchronous-queries",),
        when_not="With a body of many small queries per row: bridge the whole loop, it is one hop instead of many.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The loop or comprehension with `async for`."""
        if site.param("op") == "iterator":
            call = expect(node, cst.Call)
            method = expect(call.func, cst.Attribute)
            return call.with_changes(func=method.with_changes(attr=cst.Name("aiterator")))
        if site.param("op") == "yield-from":
            return _loop_of(node, site)
        if isinstance(node, cst.For):
            return node.with_changes(asynchronous=cst.Asynchronous())
        if not isinstance(node, cst.BaseComp):
            raise UnexpectedShape(f"expected a loop or comprehension, found {type(node).__name__}")
        chosen = frozenset(int(index) for index in site.param("clauses").split(",") if index)
        comprehension = node.with_changes(for_in=_with_async(node.for_in, chosen, 0))
        if site.param("to_list") == "1":
            return _as_list(expect(comprehension, cst.GeneratorExp), site)
        return comprehension


def _loop_of(node: cst.CSTNode, site: Site) -> cst.For:
    """`yield from xs` → `for item in xs: yield item`, on two lines."""
    line = expect(node, cst.SimpleStatementLine)
    delegation = expect(expect(only(line.body, "statement on the line"), cst.Expr).value, cst.Yield)
    if not isinstance(delegation.value, cst.From):
        raise UnexpectedShape("expected yield from")
    source = delegation.value.item
    name = cst.Name(site.param("target"))
    body = cst.SimpleStatementLine([cst.Expr(cst.Yield(name))], trailing_whitespace=line.trailing_whitespace)
    return cst.For(
        target=name,
        iter=source,
        body=cst.IndentedBlock([body]),
        asynchronous=cst.Asynchronous() if site.param("async") == "1" else None,
        leading_lines=line.leading_lines,
    )


def _with_async(clause: cst.CompFor, chosen: frozenset[int], index: int) -> cst.CompFor:
    if clause.inner_for_in is not None:
        clause = clause.with_changes(inner_for_in=_with_async(clause.inner_for_in, chosen, index + 1))
    if index not in chosen:
        return clause
    if (inner := _same_names(clause)) is not None:
        # `x for x in (x for x in q if test)` is `x for x in q if test`
        clause = clause.with_changes(iter=inner.iter, ifs=[*inner.ifs, *clause.ifs])
        if inner.asynchronous is None:
            return clause
    space = clause.whitespace_before if text_of(clause.whitespace_before) else ONE
    return clause.with_changes(asynchronous=cst.Asynchronous(), whitespace_before=space)


def _same_names(clause: cst.CompFor) -> cst.CompFor | None:
    """The clause of a generator expression that a clause runs through, if that only leaves some of its values out."""
    generator, target = clause.iter, clause.target
    if not isinstance(generator, cst.GeneratorExp) or not isinstance(target, cst.Name):
        return None
    inner = generator.for_in
    names = [part.value for part in (generator.elt, inner.target) if isinstance(part, cst.Name)]
    return inner if names == [target.value] * 2 and inner.inner_for_in is None else None


def _as_list(node: cst.GeneratorExp, site: Site) -> cst.BaseExpression:
    if node.lpar:  # (x for x in q): its innermost parentheses become the brackets
        outer = Parens(node.lpar[:-1], node.rpar[1:])
        left = cst.LeftSquareBracket(node.lpar[-1].whitespace_after)
        right = cst.RightSquareBracket(node.rpar[0].whitespace_before)
        return given(cst.ListComp(elt=node.elt, for_in=node.for_in, lbracket=left, rbracket=right), outer)
    if not _stands_on_lines_of_its_own(node, site):
        return cst.ListComp(elt=node.elt, for_in=node.for_in)
    column = new_line_like(node.for_in.whitespace_before)
    inside = node.visit(Deeper())
    assert isinstance(inside, cst.GeneratorExp)
    left, right = cst.LeftSquareBracket(deeper(column)), cst.RightSquareBracket(column)
    return cst.ListComp(elt=inside.elt, for_in=inside.for_in, lbracket=left, rbracket=right)


def _stands_on_lines_of_its_own(node: cst.GeneratorExp, site: Site) -> bool:
    """Whether the generator, a sole argument, has its own lines: `f(`, then element and clauses, then `)`.

    The span of such a generator includes the parentheses of the call, which are not in `node`.
    """
    lines = text_of(node).count("\n")
    return breaks(node.for_in.whitespace_before) and site.span.end_line - site.span.line >= lines + 2

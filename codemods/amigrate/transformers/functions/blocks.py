"""`sync-block`: a block that must stay sync moves into a function, which is called in a thread.

Site: the `With`, a loop or a simple statement. `function` is the name of the new function; `nonlocals` are the names
that it binds again, `outputs` those that it gives back, `declared` those that get a first value before it (all with
commas). `returns` is "always" or "some" when it returns always or at times, what is called `response` then and is never
None. `first` is set when it is the first statement where it stands, `typed` when functions here say what they return,
and `name` is the file's own name of `sync_to_async`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.bridging import sync_to_async
from amigrate.transformers.layout import Continued
from amigrate.transformers.shape import UnexpectedShape

Block = cst.With | cst.For | cst.While | cst.SimpleStatementLine


class SyncBlock(SiteCodemod):
    """`with transaction.atomic(): …` → `@sync_to_async def in_transaction(): …` and `await in_transaction()`."""

    META = Metadata(
        id="sync-block",
        summary="Run a transaction in a sync function of its own, in a thread",
        why=(
            "transaction.atomic, cursors and files have no async form. Split across awaits, a transaction would hold "
            "other people's writes, so the whole block stays sync and runs in one thread hop."
        ),
        fix_safety=(
            "The block does what it did, in the thread that the ORM uses for this request. What stands around it "
            "in the view is no part of it, as before."
        ),
        links=(
            "https://docs.djangoproject.com/en/stable/topics/async/#queries-the-orm",
            "https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.atomic",
        ),
        when_not="Where the transaction is all that the view does: then the view stays sync, which is one hop too.",
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The new function, and its call in the place of the block."""
        if not isinstance(node, Block):
            raise UnexpectedShape(f"expected a block, found {type(node).__name__}")
        adapter = cst.Decorator(sync_to_async(site.param("name"), imports))
        call = cst.Await(expression=cst.Call(func=cst.Name(site.param("function"))))
        line = _using(call, site).with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        declared = [_declared(name) for name in _names(site, "declared")]
        return cst.FlattenSentinel([*declared, _function(node, site, adapter), line])


def _names(site: Site, param: str) -> list[str]:
    return site.param(param).split(",") if site.param(param) else []


def _declared(name: str) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Name("None"))])


def _function(node: Block, site: Site, adapter: cst.Decorator) -> cst.FunctionDef:
    body: list[cst.BaseStatement] = []
    if again := _names(site, "nonlocals"):
        items = [cst.NameItem(cst.Name(name)) for name in again]
        body.append(cst.SimpleStatementLine([cst.Nonlocal(items)]))
    moved = node.with_changes(leading_lines=[]).visit(Continued())
    assert isinstance(moved, cst.BaseStatement)
    body.append(moved)
    if outputs := _names(site, "outputs"):
        body.append(cst.SimpleStatementLine([cst.Return(_tuple(outputs))]))
    blank = [] if site.param("first") and not site.param("declared") else [cst.EmptyLine(indent=False)]
    return cst.FunctionDef(
        name=cst.Name(site.param("function")),
        params=cst.Parameters(),
        body=cst.IndentedBlock(body),
        returns=cst.Annotation(cst.Name("None")) if site.param("typed") and not site.param("returns") else None,
        decorators=[adapter],
        leading_lines=[*blank, *_without_blank(node.leading_lines)],
    )


def _without_blank(lines: object) -> list[cst.EmptyLine]:
    """The comments above the block, without the blank lines that come first."""
    found = [line for line in lines if isinstance(line, cst.EmptyLine)] if isinstance(lines, list | tuple) else []
    while found and found[0].comment is None:
        found.pop(0)
    return found


def _using(call: cst.Await, site: Site) -> cst.SimpleStatementLine | cst.If:
    """What is done with what the function gives."""
    if site.param("returns") == "some":
        return _return_if_any(call, cst.Name(site.param("response")))
    if site.param("returns"):
        return cst.SimpleStatementLine([cst.Return(call)])
    if outputs := _names(site, "outputs"):
        target = _tuple(outputs)
        assert isinstance(target, cst.Name | cst.Tuple)
        return cst.SimpleStatementLine([cst.Assign(targets=[cst.AssignTarget(target)], value=call)])
    return cst.SimpleStatementLine([cst.Expr(call)])


def _return_if_any(call: cst.Await, response: cst.Name) -> cst.If:
    """`if (response := await in_transaction()) is not None: return response`."""
    given = cst.NamedExpr(response, call, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    test = cst.Comparison(given, [cst.ComparisonTarget(cst.IsNot(), cst.Name("None"))])
    return cst.If(test, cst.IndentedBlock([cst.SimpleStatementLine([cst.Return(response)])]))


def _tuple(names: list[str]) -> cst.BaseExpression:
    if len(names) == 1:
        return cst.Name(names[0])
    return cst.Tuple([cst.Element(cst.Name(name)) for name in names], lpar=[], rpar=[])

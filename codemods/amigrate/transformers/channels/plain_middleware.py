"""A BaseMiddleware of Channels as a plain class: it keeps the inner application, and calls it."""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports
from amigrate.model import Site
from amigrate.transformers.shape import expect, only

_INIT = """\
def __init__(self, inner):
    self.inner = inner
"""


def without_base(node: cst.ClassDef, site: Site, imports: Imports) -> cst.ClassDef:
    """`class Token(BaseMiddleware):` → `class Token:`, with an `__init__` unless it has one."""
    module, _, name = site.param("imported").partition(":")
    if module:
        imports.replaced.add((module, name))
    plain = node.with_changes(bases=[], lpar=cst.MaybeSentinel.DEFAULT, rpar=cst.MaybeSentinel.DEFAULT)
    if site.param("own"):
        return plain
    body = expect(plain.body, cst.IndentedBlock)
    at = 1 if body.body and plain.get_docstring() is not None else 0
    init = expect(cst.parse_statement(_INIT), cst.FunctionDef)
    blank = [cst.EmptyLine(indent=False)]
    rest = list(body.body[at:])
    if at:
        init = init.with_changes(leading_lines=blank)
    if rest and not any(line.comment is None for line in getattr(rest[0], "leading_lines", ())):
        rest[0] = rest[0].with_changes(leading_lines=[*blank, *getattr(rest[0], "leading_lines", ())])
    return plain.with_changes(body=body.with_changes(body=[*body.body[:at], init, *rest]))


def calling_inner(call: cst.Call) -> cst.Call:
    """`super().__call__(scope, receive, send)` → `self.inner(dict(scope), receive, send)`."""
    scope, *rest = call.args
    copied = scope.with_changes(value=cst.Call(cst.Name("dict"), [cst.Arg(scope.value)]))
    return call.with_changes(func=cst.Attribute(cst.Name("self"), cst.Name("inner")), args=[copied, *rest])


def keeping_inner(line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
    """`super().__init__(inner)` → `self.inner = inner`."""
    statement = expect(only(line.body, "statement"), cst.Expr)
    given = only(expect(statement.value, cst.Call).args, "argument").value
    target = cst.AssignTarget(cst.Attribute(cst.Name("self"), cst.Name("inner")))
    return line.with_changes(body=[cst.Assign([target], given)])

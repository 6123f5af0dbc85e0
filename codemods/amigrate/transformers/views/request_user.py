"""`request-user`: the lazy `request.user`.

Sites by `op`:

- inline: the Attribute `request.user`; `parens`. name: the Attribute becomes the Name `name`.
- assign: any statement; before it comes `name = await request.auser()`, where `name` may be `request.user` itself.
- load: any statement; before it comes `await sync_to_async(bool)(request.user)` (Django 4.2, which has no auser()).

`request` is the expression for the request, by default `request`; with op=load `name` is the file's own name of
`sync_to_async`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, method_call
from amigrate.transformers.bridging import sync_to_async
from amigrate.transformers.parens import Parens
from amigrate.transformers.shape import UnexpectedShape, expect
from amigrate.transformers.statements import inserted_before


class RequestUser(SiteCodemod):
    """`request.user` → `await request.auser()`."""

    META = Metadata(
        id="request-user",
        summary="Load request.user with await request.auser()",
        why=(
            "request.user is loaded from the session and the database on first use. In async code this raises "
            "SynchronousOnlyOperation, but only for visitors who are logged in."
        ),
        fix_safety=(
            "Safe: the same user. auser() does not fill request.user: where a template or a helper reads that too, the "
            "user is assigned to it, so that nothing queries twice. Where middleware has loaded request.user already, "
            "and on Django 4.2, it is loaded in a thread."
        ),
        links=("https://docs.djangoproject.com/en/stable/ref/request-response/#django.http.HttpRequest.auser",),
        when_not="Where the user is only handed on to a queryset or a template that is rendered in a thread.",
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The awaited user, its name, or the statement below the one that loads the user."""
        match site.param("op"):
            case "inline":
                attribute = expect(node, cst.Attribute)
                return awaited(method_call(attribute.value, "auser"), site, Parens(attribute.lpar, attribute.rpar))
            case "name":
                attribute = expect(node, cst.Attribute)
                return cst.Name(site.param("name"), lpar=attribute.lpar, rpar=attribute.rpar)
            case "assign":
                return inserted_before(node, _assignment(site))
            case "load":
                return inserted_before(node, _loading(site, imports))
            case op:
                raise UnexpectedShape(f"unknown op {op!r}")


def _assignment(site: Site) -> cst.Assign:
    target = cst.parse_expression(site.param("name", "user"))
    if not isinstance(target, cst.BaseAssignTargetExpression):
        raise UnexpectedShape(f"cannot assign to {site.param('name')}")
    value = cst.Await(expression=method_call(_request(site), "auser"))
    return cst.Assign(targets=[cst.AssignTarget(target)], value=value)


def _loading(site: Site, imports: Imports) -> cst.Expr:
    bridge = cst.Call(func=sync_to_async(site.param("name"), imports), args=[cst.Arg(cst.Name("bool"))])
    user = cst.Attribute(value=_request(site), attr=cst.Name("user"))
    return cst.Expr(cst.Await(expression=cst.Call(func=bridge, args=[cst.Arg(user)])))


def _request(site: Site) -> cst.BaseExpression:
    return cst.parse_expression(site.param("request", "request"))

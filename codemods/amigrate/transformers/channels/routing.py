"""`channels-routing`: the routes of Channels move into the URLconf, and the ASGI application is that of django_ahead.

Sites by `op`; `imports` are those that may be unused afterwards, or that are needed: `module:name`, a line each:

- route: the Call `path(…, Consumer.as_asgi())`; `new` is `websocket_path` or `websocket_re_path`, `module` and `old`
  the import of the old function. With `keep` the consumer stays one of Channels, and `as_asgi()` with it.
- include: the Call of a nested URLRouter; `router` is its import.
- routes: a list of such routes that stays as it is.
- append: an assignment in ROOT_URLCONF; below come the `parts` of `urlpatterns`, a line each: lists (`+` and a name)
  and routes.
- drop: an assignment that goes away.
- import: the ImportFrom of get_asgi_application; `to` is its new module.
- from: the Assign of `get_default_application()`, which becomes `from to import new as local`.
- value: an expression, which becomes the source `value`; `needed` is an import.
"""

from __future__ import annotations

from itertools import groupby

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.channels.renaming import renamed_import
from amigrate.transformers.shape import UnexpectedShape, expect, expression, only

_URLS = "django_ahead.urls"


class ChannelsRouting(SiteCodemod):
    """`path("chat/", Chat.as_asgi())` → `websocket_path("chat/", Chat)`, in ROOT_URLCONF."""

    META = Metadata(
        id="channels-routing",
        summary="Route WebSockets in the URLconf, with Django's own ASGI application",
        why=(
            "ProtocolTypeRouter, URLRouter and the middleware around them do what Django's application and URLconf can "
            "do as well: django_ahead adds routes for WebSockets to them, with sessions, users and the check of the "
            "origin built in."
        ),
        fix_safety="Review: applied with the consumers. Paths, converters and what they match are the same.",
        links=("https://docs.djangoproject.com/en/stable/topics/http/urls/",),
        when_not="Where HTTP does not go to Django's own application, or the routes are computed.",
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The new route, list or application."""
        match site.param("op"):
            case "route":
                return _route(expect(node, cst.Call), site, imports)
            case "include":
                imports.replaced.add(_pair(site.param("router")))
                imports.needed.add(("django.urls", "include"))
                return expect(node, cst.Call).with_changes(func=cst.Name("include"))
            case "routes":
                imports.needed.add((_URLS, "websocket_routes"))
                return cst.Call(cst.Name("websocket_routes"), [cst.Arg(expression(node))])
            case "append":
                return _appended(node, site, imports)
            case "drop":
                _unneeded(site, imports)
                return cst.FlattenSentinel([])
            case "import":
                return renamed_import(node, site)
            case "from":
                _unneeded(site, imports)
                line = expect(node, cst.SimpleStatementLine)
                local = "" if site.param("local") == site.param("new") else f" as {site.param('local')}"
                statement = cst.parse_statement(f"from {site.param('to')} import {site.param('new')}{local}")
                return expect(statement, cst.SimpleStatementLine).with_changes(leading_lines=line.leading_lines)
        _unneeded(site, imports)
        if site.param("needed"):
            imports.needed.add(_pair(site.param("needed")))
        old = expression(node)
        new = cst.parse_expression(site.param("value"))
        return new if not old.lpar else new.with_changes(lpar=old.lpar, rpar=old.rpar)


def _pair(text: str) -> tuple[str, str]:
    module, _, name = text.partition(":")
    return module, name


def _unneeded(site: Site, imports: Imports) -> None:
    imports.replaced.update(map(_pair, filter(None, site.param("imports").split("\n"))))


def _route(call: cst.Call, site: Site, imports: Imports) -> cst.Call:
    new = site.param("new")
    imports.needed.add((_URLS, new))
    if site.param("module"):
        imports.replaced.add((site.param("module"), site.param("old")))
    call = call.with_changes(func=cst.Name(new))
    at = next((at for at, arg in enumerate(call.args) if _is_application(arg.value)), None)
    if at is None:
        raise UnexpectedShape("no as_asgi() in the route")
    arg = call.args[at]
    if arg.keyword is not None:
        arg = arg.with_changes(keyword=cst.Name("consumer"))
    if site.param("keep"):
        return call.with_changes(args=[*call.args[:at], arg, *call.args[at + 1 :]])
    application = expect(arg.value, cst.Call)
    consumer = expect(application.func, cst.Attribute).value
    given = [one.with_changes(comma=cst.MaybeSentinel.DEFAULT) for one in application.args]
    args = [*call.args[:at], arg.with_changes(value=consumer), *call.args[at + 1 :]]
    if given:
        args[-1] = args[-1].with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    return call.with_changes(args=[*args, *given])


def _is_application(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value == "as_asgi"


def _appended(node: cst.CSTNode, site: Site, imports: Imports) -> cst.FlattenSentinel[cst.CSTNode]:
    """The statement, and below it the routes of WebSockets."""
    imports.needed.update(map(_pair, filter(None, site.param("imports").split("\n"))))
    line = expect(node, cst.SimpleStatementLine)
    only(line.body, "statement")
    new = []
    for is_list, parts in groupby(site.param("parts").split("\n"), lambda part: part.startswith("+")):
        if is_list:
            new += [f"urlpatterns += {part[1:]}" for part in parts]
        else:
            body = "".join(f"    {entry},\n" for entry in parts)
            new.append(f"urlpatterns += [\n{body}]")
    statements = [cst.parse_statement(text) for text in new]
    return cst.FlattenSentinel([line, *statements])

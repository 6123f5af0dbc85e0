"""`async-middleware`: middleware that answers sync and async requests. Not run unless it is selected.

Sites by `op`:

- branches: the FunctionDef in a factory that gets the request; the params are those of `async-decorators`.
- mark: the FunctionDef of the factory.
- init, call: the FunctionDefs `__init__` and `__call__` of a class; acall: the latter, in the copy that is async.
  `attribute`: where it keeps get_response; `check` and `mark`: how the file spells `iscoroutinefunction` and
  `markcoroutinefunction`, else imported from `module`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.functions.decorators import dual
from amigrate.transformers.shape import UnexpectedShape, expect

_BLANK = cst.EmptyLine(indent=False)


class AsyncMiddleware(SiteCodemod):
    """`def middleware(request):` → with an `async def middleware(request):` beside it."""

    META = Metadata(
        id="async-middleware",
        summary="Let the project's own middleware answer async requests too (only if selected)",
        why=(
            "A sync-only middleware between an async server and async views costs two thread hops, and a thread for as "
            "long as the request lasts. One that is sync- and async-capable runs as the views do."
        ),
        fix_safety=(
            "Review: the sync branch stays as it is. In the async one other requests run at each await; what the "
            "middleware keeps on itself is shared by them."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/http/middleware/#async-middleware",),
        when_not=(
            "Under WSGI with sync views; for middleware whose hooks run in a thread already, as those of "
            "MiddlewareMixin do; and where thread-locals carry the request to other code."
        ),
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The function with what marks it, or its async form."""
        function = expect(node, cst.FunctionDef)
        match site.param("op"):
            case "mark":
                imports.needed.add(("django.utils.decorators", "sync_and_async_middleware"))
                mark = cst.Decorator(cst.Name("sync_and_async_middleware"))
                return function.with_changes(decorators=(mark, *function.decorators))
            case "init":
                return _capable(function, site, imports)
            case "call":
                return _handing_over(function, site, imports)
            case "acall":
                return function.with_changes(name=cst.Name("__acall__"), asynchronous=cst.Asynchronous())
        raise UnexpectedShape("the sync form is needed")

    def rewrite_from(
        self, original: cst.CSTNode, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """Both forms of the function in a factory."""
        if site.param("op") == "branches":
            return dual(original, node, site, imports)
        return self.rewrite(node, site, imports)


def _name(param: str, name: str, site: Site, imports: Imports) -> str:
    if spelled := site.param(param):
        return spelled
    imports.needed.add((site.param("module"), name))
    return name


def _capable(node: cst.FunctionDef, site: Site, imports: Imports) -> cst.FlattenSentinel[cst.CSTNode]:
    """`__init__` below `sync_capable = async_capable = True`, marking the instance at its end."""
    body = _block(node)
    check = _name("check", "iscoroutinefunction", site, imports)
    mark = _name("mark", "markcoroutinefunction", site, imports)
    marking = cst.parse_statement(f"if {check}(self.{site.param('attribute')}):\n    {mark}(self)\n")
    sync, asynchronous = (cst.parse_statement(f"{name}_capable = True\n") for name in ("sync", "async"))
    return cst.FlattenSentinel(
        [
            sync.with_changes(leading_lines=node.leading_lines),
            asynchronous,
            node.with_changes(leading_lines=(_BLANK,), body=body.with_changes(body=[*body.body, marking])),
        ]
    )


def _handing_over(node: cst.FunctionDef, site: Site, imports: Imports) -> cst.FunctionDef:
    """`__call__` that begins with `if iscoroutinefunction(self): return self.__acall__(request)`."""
    body = _block(node)
    if len(node.params.params) != 2:
        raise UnexpectedShape("expected __call__(self, request)")
    check = _name("check", "iscoroutinefunction", site, imports)
    request = node.params.params[1].name.value
    added = cst.parse_statement(f"if {check}(self):\n    return self.__acall__({request})\n")
    first = 1 if node.get_docstring() is not None else 0
    return node.with_changes(body=body.with_changes(body=[*body.body[:first], added, *body.body[first:]]))


def _block(node: cst.FunctionDef) -> cst.IndentedBlock:
    if isinstance(node.body, cst.IndentedBlock):
        return node.body
    raise UnexpectedShape("expected the body of the method on lines of its own")

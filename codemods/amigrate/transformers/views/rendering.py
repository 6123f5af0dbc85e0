"""`render-bridge` and `async-render`: templates rendered in a thread, by `sync_to_async` or by django_ahead.

Site: the Call `render(…)`. Params: `parens`, and
- `render-bridge`: `name`, the file's own name of `sync_to_async` (without it, it is imported);
- `async-render`: `new`, the function of `django_ahead.shortcuts`; `name`, the file's own name of it (without it, it is
  imported); `module` and `old`, what the file imports from Django for it, if anything; `op`: "loaded" for
  `get_template(…).render(…)`, "response" for `response.render()`, "template" for `template.render(…)`, and "method"
  for that of a template that has `arender`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.bridging import bridged_call
from amigrate.transformers.shape import expect

_RUNTIME = "django_ahead.shortcuts"


class RenderBridge(SiteCodemod):
    """`render(request, "a.html")` → `await sync_to_async(render)(request, "a.html")`."""

    META = Metadata(
        id="render-bridge",
        summary="Render templates in a thread, where they may query the database",
        why=(
            "render() and render_to_string() run the template on the event loop. A template that touches a queryset, a "
            "foreign key, `user`, `perms` or a context processor that does so raises SynchronousOnlyOperation."
        ),
        fix_safety="Safe: the same template with the same context; one thread hop for all its queries.",
        links=("https://docs.djangoproject.com/en/stable/topics/async/#queries-the-orm",),
        when_not="TemplateResponse: the async handler renders it in a thread already.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await sync_to_async(render)(…)`."""
        return bridged_call(node, site, imports)


class AsyncRender(SiteCodemod):
    """`render(request, "a.html")` → `await arender(request, "a.html")`."""

    META = Metadata(
        id="async-render",
        summary="Render templates with arender() of django_ahead",
        why=(
            "render() and render_to_string() run the template on the event loop, where it may not query. arender() "
            "runs the same render in one thread hop, context processors and all; in its templates {% await %} awaits "
            "what is async."
        ),
        fix_safety="Safe: the same template, context, response and signals; one thread hop for all its queries.",
        links=("https://docs.djangoproject.com/en/stable/topics/async/#queries-the-orm",),
        when_not=(
            "A project that does not use django_ahead gets it with `--runtime` only: it needs `django-ahead` in its "
            "requirements. Otherwise, and with `--no-runtime`, the render is bridged (`render-bridge`)."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await arender(…)`."""
        call = expect(node, cst.Call)
        new = site.param("new")
        if site.param("op") == "method":
            method = expect(call.func, cst.Attribute).with_changes(attr=cst.Name(new))
            return awaited(call.with_changes(func=method), site)
        function = cst.parse_expression(site.param("name") or new)
        if not site.param("name"):
            imports.needed.add((_RUNTIME, new))
        if site.param("module"):
            imports.replaced.add((site.param("module"), site.param("old")))
        args = _ARGUMENTS.get(site.param("op"), _own)(call)
        return awaited(call.with_changes(func=function, args=args), site)


def _own(call: cst.Call) -> Sequence[cst.Arg]:
    return call.args


def _with_receiver(call: cst.Call) -> Sequence[cst.Arg]:
    """What a method is called on, and its arguments."""
    return [cst.Arg(expect(call.func, cst.Attribute).value), *call.args]


def _of_both(call: cst.Call) -> Sequence[cst.Arg]:
    """The arguments of `get_template(name, using=…).render(context, request)`, as one function takes them."""
    loading = expect(expect(call.func, cst.Attribute).value, cst.Call)
    name, *using = (arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in loading.args)
    if using:  # all on one line
        return [name, *(arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args), *using]
    before = call.whitespace_before_args
    between = cst.SimpleWhitespace(" ") if before.empty else before
    return [name.with_changes(comma=cst.Comma(whitespace_after=between)), *call.args] if call.args else [name]


_ARGUMENTS: dict[str, Callable[[cst.Call], Sequence[cst.Arg]]] = {
    "loaded": _of_both,
    "response": _with_receiver,
    "template": _with_receiver,
}

"""`render-bridge`: templates rendered in a thread.

Site: the Call `render(…)`. Params: `name`, the file's own name of `sync_to_async` (without it, it is imported);
`parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.bridging import bridged_call


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

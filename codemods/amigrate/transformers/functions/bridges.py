"""`sync-bridge`: what must stay sync, called from async code through `sync_to_async`.

Sites by `op`, all with `parens` and `name`, the file's own name of `sync_to_async` (without it, it is imported):

- no op: the Call `f(args)`. list: an expression that gives a sync generator. lambda: any expression. str: what is
  turned into text.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.bridging import bridged, bridged_call, bridged_lambda
from amigrate.transformers.parens import taken
from amigrate.transformers.shape import expression


class SyncBridge(SiteCodemod):
    """`form.save()` → `await sync_to_async(form.save)()`."""

    META = Metadata(
        id="sync-bridge",
        summary="Call what must stay sync through sync_to_async",
        why=(
            "Forms, serializers, transactions and code of other packages stay sync, and may query the database. "
            "sync_to_async runs the call in the thread that all sync code of the request shares: one hop, however many "
            "queries it makes."
        ),
        fix_safety="Safe: the same function runs with the same arguments, which are evaluated before the hop.",
        links=("https://docs.djangoproject.com/en/stable/topics/async/#sync-to-async",),
        when_not="Where an a-method exists. A lazy queryset that the function returns stays lazy, and queries later.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await sync_to_async(…)(…)`."""
        match site.param("op"):
            case "list" | "str" as function:
                given, own = taken(expression(node))
                return bridged(cst.Name(function), [cst.Arg(given)], own, site, imports)
            case "lambda":
                return bridged_lambda(expression(node), site, imports)
            case _:
                return bridged_call(node, site, imports)

"""`orm-shortcuts`: `get_object_or_404` and `get_list_or_404`.

Site: the Call. Params: `module` (`django.shortcuts`), `name` and `old`, the new and the old function; `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.counterparts import awaited_counterpart


class OrmShortcuts(SiteCodemod):
    """`get_object_or_404(Book, pk=1)` → `await aget_object_or_404(Book, pk=1)`."""

    META = Metadata(
        id="orm-shortcuts",
        summary="Await aget_object_or_404() and aget_list_or_404()",
        why="The sync shortcuts query the database and raise SynchronousOnlyOperation in async code.",
        fix_safety="Safe: the same arguments, the same object or list, the same Http404.",
        links=("https://docs.djangoproject.com/en/stable/topics/http/shortcuts/#aget-object-or-404",),
        when_not="Before Django 5.0, which has no async shortcuts: there the call is bridged.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await <name>(…)`."""
        return awaited_counterpart(node, site, imports)

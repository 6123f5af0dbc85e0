"""`orm-terminal`: queryset and manager methods that query the database.

Site: the Call `X.get(…)`. Params: `method`, the new attribute name; `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, with_method


class OrmTerminal(SiteCodemod):
    """`Book.objects.get(pk=1)` → `await Book.objects.aget(pk=1)`."""

    META = Metadata(
        id="orm-terminal",
        summary="Await the a-methods of querysets, managers and related managers",
        why=(
            "Methods that run a query (get, create, count, exists, update, …) raise SynchronousOnlyOperation in async "
            "code. Each has an a-method that does the same in a thread. Only the last call of a chain is renamed: "
            "filter, order_by and the other lazy links do no I/O."
        ),
        fix_safety=(
            "Safe: the a-method runs the sync one, with its arguments and its exceptions. Each await is a thread hop "
            "of some 0.3 to 0.5 ms, and a point where other tasks run."
        ),
        links=(
            "https://docs.djangoproject.com/en/stable/topics/db/queries/#asynchronous-queries",
            "https://docs.djangoproject.com/en/stable/ref/models/querysets/#methods-that-do-not-return-querysets",
        ),
        when_not=(
            "Inside transaction.atomic, which has no async form, and in loops of many small queries: there, one "
            "sync_to_async around the whole is right and faster."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await X.<method>(…)`."""
        return awaited(with_method(node, site.param("method")), site)

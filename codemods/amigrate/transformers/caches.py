"""`async-cache`: the cache framework.

Site: the Call `cache.get(…)`; with op=contains the Compare `key in cache`. Params: `method`, the new attribute name
(for op=contains it is `ahas_key`); `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, awaited_containment, with_method


class AsyncCache(SiteCodemod):
    """`cache.get("k")` → `await cache.aget("k")`."""

    META = Metadata(
        id="async-cache",
        summary="Await the a-methods of caches",
        why=(
            "A cache call blocks the event loop while it talks to Redis, Memcached, a file or the database; Django "
            "does not detect this unless the cache is in the database. Each method has an a-method."
        ),
        fix_safety="Safe: the names, arguments and results are the same.",
        links=("https://docs.djangoproject.com/en/stable/topics/cache/#asynchronous-support",),
        when_not=(
            "With the local-memory cache alone the thread hop costs more than the call. aget_or_set() with an async "
            "function as default fails: it would store the coroutine."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await cache.<method>(…)`."""
        if site.param("op") == "contains":
            return awaited_containment(node, site.param("method", "ahas_key"), site)
        return awaited(with_method(node, site.param("method")), site)

"""`async-calls`: calls of functions that became async.

Sites: the Call `f(…)`; with op=unwrap the Call `async_to_sync(f)(…)`. Param: `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.materialising import positional
from amigrate.transformers.parens import argument, primary
from amigrate.transformers.shape import expect, only


class AsyncCalls(SiteCodemod):
    """`load(pk)` → `await load(pk)`."""

    META = Metadata(
        id="async-calls",
        summary="Await calls of functions that became async",
        why=(
            "The call of an async function gives a coroutine. Without `await` it never runs, and as a truth value it "
            "is always true: no error shows it. async_to_sync() cannot run in a thread with a running event loop."
        ),
        fix_safety="Applied together with the function and all its other call sites, or not at all.",
        links=("https://docs.djangoproject.com/en/stable/topics/async/#async-adapter-functions",),
        when_not="Where the coroutine is wanted, such as in asyncio.gather() or create_task().",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await f(…)`."""
        call = expect(node, cst.Call)
        if site.param("op") != "unwrap":
            return awaited(call, site)
        adapter = expect(call.func, cst.Call)
        if isinstance(adapter.func, cst.Name):
            imports.replaced.add(("asgiref.sync", "async_to_sync"))
        function = positional(only(adapter.args, "argument of async_to_sync")).value
        return awaited(call.with_changes(func=primary(argument(function))), site)

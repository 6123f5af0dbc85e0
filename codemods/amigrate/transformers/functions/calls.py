"""`async-calls`: calls of functions that became async.

Sites by `op`, with the param `parens`:

- no op: the Call `f(…)`; `method` is the new name of a method that has another one.
- unwrap: the Call `async_to_sync(f)(…)`. bare: the Call `async_to_sync(f)`, which becomes `f`.
- map, filter: the Call `map(f, …)`; see `comprehension` for `form`, `target`, `clause` and `function`.
- anext: the Call `next(generator, default)`.
- any, all, next: the Call `any(…)` with a generator expression.
- enter: the Call `stack.enter_context(…)`. stack: the Call `ExitStack()`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, with_method
from amigrate.transformers.functions.lazily import comprehension, first_of
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
            "is always true: no error shows it. async_to_sync() cannot run in a thread with a running event loop. "
            "map(), filter(), any() and all() would get coroutines: they become comprehensions, and where they stop "
            "early, anext() of an async generator."
        ),
        fix_safety="Applied together with the function and all its other call sites, or not at all.",
        links=("https://docs.djangoproject.com/en/stable/topics/async/#async-adapter-functions",),
        when_not="Where the coroutine is wanted, such as in asyncio.gather() or create_task().",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await f(…)`."""
        call = expect(node, cst.Call)
        match site.param("op"):
            case "enter":
                return awaited(with_method(call, "enter_async_context"), site)
            case "stack":
                return _async_stack(call, imports)
            case "unwrap":
                return _unwrapped(call, site, imports)
            case "bare":
                return _adapted(call, imports)
            case "anext":
                return awaited(call.with_changes(func=cst.Name("anext")), site)
            case "map" | "filter":
                return comprehension(call, site)
            case "any" | "all" | "next":
                return first_of(call, site)
        return awaited(with_method(call, method) if (method := site.param("method")) else call, site)


def _unwrapped(call: cst.Call, site: Site, imports: Imports) -> cst.BaseExpression:
    """`async_to_sync(f)(…)` → `await f(…)`."""
    return awaited(call.with_changes(func=primary(_adapted(expect(call.func, cst.Call), imports))), site)


def _adapted(adapter: cst.Call, imports: Imports) -> cst.BaseExpression:
    """`async_to_sync(f)` → `f`."""
    if isinstance(adapter.func, cst.Name):
        imports.replaced.add(("asgiref.sync", "async_to_sync"))
    return argument(positional(only(adapter.args, "argument of async_to_sync")).value)


def _async_stack(call: cst.Call, imports: Imports) -> cst.Call:
    """`ExitStack()` → `AsyncExitStack()`."""
    if isinstance(call.func, cst.Attribute):
        return call.with_changes(func=call.func.with_changes(attr=cst.Name("AsyncExitStack")))
    imports.needed.add(("contextlib", "AsyncExitStack"))
    imports.replaced.add(("contextlib", expect(call.func, cst.Name).value))
    return call.with_changes(func=cst.Name("AsyncExitStack"))

"""`async-tests`: tests of Django's test cases as async tests, with the async client.

Sites by `op`:

- no op: the FunctionDef. request: the Call `self.client.get(…)`, with `method` for another method, and `http` where
  `HTTP_X_Y=…` must become `headers={"X-Y": …}`; `parens` as everywhere.
- bridge: the Call `self.client.login(…)`, through sync_to_async; `parens` and `name` as in sync-bridge.
- client: the Attribute `self.client`.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.bridging import bridged_call
from amigrate.transformers.shape import expect


class AsyncTests(SiteCodemod):
    """`self.client.get(url)` → `await self.async_client.get(url)`, in an `async def test_…`."""

    META = Metadata(
        id="async-tests",
        summary="Turn tests into async tests (on request: --select async-tests)",
        why=(
            "The sync client runs async views in an event loop of their own for each request. An async test runs them "
            "in its own loop, as a server does, and fails where they would block that."
        ),
        fix_safety=(
            "Review: only tests of TestCase, TransactionTestCase and SimpleTestCase are converted, and the methods of "
            "their classes that only they call. A setUp that logs in does so with the async client."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/testing/tools/#testing-asynchronous-code",),
        when_not=(
            "With assertNumQueries or captureOnCommitCallbacks, which do not work in async tests, with threads, with "
            "patched managers, and in pytest functions, whose transaction is in another thread. The sync client tests "
            "async views as well: no test needs this."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The async test, or the awaited request."""
        match site.param("op"):
            case "request":
                return awaited(_with_async_client(node, site), site)
            case "bridge":
                return bridged_call(_with_async_client(node, site), site, imports)
            case "client":
                return _async_client(node)
            case _:
                return expect(node, cst.FunctionDef).with_changes(asynchronous=cst.Asynchronous())


def _async_client(node: cst.CSTNode) -> cst.Attribute:
    return expect(node, cst.Attribute).with_changes(attr=cst.Name("async_client"))


def _with_async_client(node: cst.CSTNode, site: Site) -> cst.Call:
    call = expect(node, cst.Call)
    function = expect(call.func, cst.Attribute)
    method = cst.Name(site.param("method") or function.attr.value)
    function = function.with_changes(value=_async_client(function.value), attr=method)
    return call.with_changes(func=function, args=_with_headers(call.args) if site.param("http") else call.args)


def _with_headers(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The arguments with those that are headers, `HTTP_X_Y=…`, in one `headers={"X-Y": …}` in their place."""
    headers = [arg for arg in args if arg.keyword is not None and arg.keyword.value.startswith("HTTP_")]
    first, last = headers[0], headers[-1]
    elements = [cst.DictElement(cst.SimpleString(f'"{_header(arg)}"'), arg.value) for arg in headers]
    combined = first.with_changes(keyword=cst.Name("headers"), value=cst.Dict(elements))
    if last is args[-1]:
        combined = combined.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    kept = [combined if arg is first else arg for arg in args if arg is first or arg not in headers]
    return kept


def _header(arg: cst.Arg) -> str:
    name = arg.keyword.value.removeprefix("HTTP_") if arg.keyword is not None else ""
    return "-".join(part.capitalize() for part in name.split("_"))

"""`async-functions`, `async-views`, `async-calls` and the bridges."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BodyAfter = Callable[..., str]
HeadAfter = Callable[..., str]
Place = tuple[str, str, str, dict[str, str]]


def define(text: str, node: str = "FunctionDef", **params: str) -> tuple[str, str, str, dict[str, str]]:
    return "async-functions", node, text, params


def test_a_function_keeps_decorators_comments_and_body(body_after: BodyAfter) -> None:
    before = """\
@login_required  # c

# above the def
@require_POST
def  view(request, *, pk: int = 1) -> HttpResponse:  # beside
    '''Doc.'''
    def inner(): return 1
    return inner()
"""
    after = before.replace("def  view", "async def  view")
    assert body_after(before, ("async-views", "FunctionDef", "def  view…", {})) == after


def test_nested_functions_change_apart(body_after: BodyAfter) -> None:
    before = "def a():\n    def b():\n        return 1\n    return b()\n"
    call: Place = ("async-calls", "Call", "b()", {})
    assert body_after(before, define("def b…"), call, define("def a…")) == (
        "async def a():\n    async def b():\n        return 1\n    return await b()\n"
    )


@pytest.mark.parametrize(
    ("decorator", "after"),
    [
        ("@contextmanager", "@asynccontextmanager"),
        ("@contextlib.contextmanager", "@contextlib.asynccontextmanager"),
    ],
)
def test_decorator(body_after: BodyAfter, decorator: str, after: str) -> None:
    pair = "contextlib.contextmanager>contextlib.asynccontextmanager"
    before = f"@other\n{decorator}  # c\ndef a():\n    yield\n"
    assert body_after(before, define("def a…", decorators=pair)) == f"@other\n{after}  # c\nasync def a():\n    yield\n"


def test_decorator_import(head_after: HeadAfter) -> None:
    pair = "contextlib.contextmanager>contextlib.asynccontextmanager"
    site = define("def a…", decorators=pair)
    head = head_after("from contextlib import contextmanager\n\n\n", "@contextmanager\ndef a():\n    yield\n", site)
    assert head == "from contextlib import asynccontextmanager\n\n\n"


def test_a_decorator_that_is_not_there_is_refused(body_after: BodyAfter) -> None:
    with pytest.raises(Exception, match=r"no decorator x\.old"):
        body_after("def a():\n    pass\n", define("def a…", decorators="x.old>x.new"))


@pytest.mark.parametrize(
    ("before", "returns", "after"),
    [
        ("Iterator[int]", "AsyncIterator", "AsyncIterator[int]"),
        ("typing.Iterable[int]", "AsyncIterable", "typing.AsyncIterable[int]"),
        ("Generator[int, str, None]", "AsyncGenerator", "AsyncGenerator[int, str]"),
        ("Generator[int]", "AsyncGenerator", "AsyncGenerator[int]"),
        ("'Iterator[Book]'", "AsyncIterator", "'AsyncIterator[Book]'"),
        ("Iterator", "typing.AsyncIterator", "AsyncIterator"),
    ],
)
def test_return_annotation(body_after: BodyAfter, before: str, returns: str, after: str) -> None:
    result = body_after(f"def a() -> {before}:\n    yield 1\n", define("def a…", returns=returns))
    assert result == f"async def a() -> {after}:\n    yield 1\n"


def test_return_annotation_import(head_after: HeadAfter) -> None:
    body = "def a() -> Iterator[int]:\n    yield 1\n"
    site = define("def a…", returns="typing.AsyncIterator")
    assert head_after("from typing import Iterator\n\n", body, site) == "from typing import AsyncIterator\n\n"


def test_a_return_annotation_of_another_kind_is_refused(body_after: BodyAfter) -> None:
    with pytest.raises(Exception, match=r"cannot turn int \| str into AsyncIterator"):
        body_after("def a() -> int | str:\n    yield 1\n", define("def a…", returns="AsyncIterator"))


def test_rename_and_with(body_after: BodyAfter) -> None:
    before = "class A:\n    def __enter__(self):\n        with a() as b, (c()):  # d\n            return b\n"
    sites = define("def __enter__…", rename="__aenter__"), define("with a()…", node="With", op="with")
    assert body_after(before, *sites) == (
        "class A:\n    async def __aenter__(self):\n        async with a() as b, (c()):  # d\n            return b\n"
    )


@pytest.mark.parametrize(
    ("before", "text", "params", "after"),
    [
        ("x = f(1)", "f(1)", {}, "x = await f(1)"),
        ("x = f(1).a", "f(1)", {"parens": "1"}, "x = (await f(1)).a"),
        ("x = (yield f())", "f()", {}, "x = (yield await f())"),
        ("x = (\n    a.b(  # c\n        1,\n    )\n)", "a.b(…", {}, "x = (\n    await a.b(  # c\n        1,\n    )\n)"),
        ("x = async_to_sync(f)(1, a=2)", "async_to_sync(f)(1, a=2)", {"op": "unwrap"}, "x = await f(1, a=2)"),
        ("x = async_to_sync(a.b)()", "async_to_sync(a.b)()", {"op": "unwrap"}, "x = await a.b()"),
        ("x = async_to_sync(a or b)()", "async_to_sync(a or b)()", {"op": "unwrap"}, "x = await (a or b)()"),
        (
            "x = sync.async_to_sync(f)().y",
            "sync.async_to_sync(f)()",
            {"op": "unwrap", "parens": "1"},
            "x = (await f()).y",
        ),
    ],
)
def test_calls(body_after: BodyAfter, before: str, text: str, params: dict[str, str], after: str) -> None:
    assert body_after(before, ("async-calls", "Call", text, params)) == after


def test_nested_calls(body_after: BodyAfter) -> None:
    inner: Place = ("async-calls", "Call", "g(1)", {})
    outer: Place = ("async-calls", "Call", "f(g(1))", {"parens": "1"})
    assert body_after("x = f(g(1))()", inner, outer) == "x = (await f(await g(1)))()"


def test_unwrapping_removes_the_import(head_after: HeadAfter) -> None:
    site = ("async-calls", "Call", "async_to_sync(f)()", {"op": "unwrap"})
    assert head_after("import os\nfrom asgiref.sync import async_to_sync\n\nos\n", "async_to_sync(f)()", site) == (
        "import os\n\nos\n"
    )


@pytest.mark.parametrize(
    ("before", "node", "text", "params", "after"),
    [
        ("f(1, *a)", "Call", "f(1, *a)", {}, "await sync_to_async(f)(1, *a)"),
        ("x = form.save().pk", "Call", "form.save()", {"parens": "1"}, "x = (await sync_to_async(form.save)()).pk"),
        ("x = (form.save())", "Call", "form.save()", {}, "x = (await sync_to_async(form.save)())"),
        ("x = f(\n    1,  # c\n)", "Call", "f(…", {}, "x = await sync_to_async(f)(\n    1,  # c\n)"),
        ("x = f(1)", "Call", "f(1)", {"name": "sync.sync_to_async"}, "x = await sync.sync_to_async(f)(1)"),
        ("x = (a or b)(1)", "Call", "(a or b)(1)", {}, "x = await sync_to_async(a or b)(1)"),
        ("x = gen(1)", "Call", "gen(1)", {"op": "list"}, "x = await sync_to_async(list)(gen(1))"),
        (
            "for y in gen(1):\n    pass",
            "Call",
            "gen(1)",
            {"op": "list"},
            "for y in await sync_to_async(list)(gen(1)):\n    pass",
        ),
        ("x = a.b + c", "BinOp", "a.b + c", {"op": "lambda"}, "x = await sync_to_async(lambda: a.b + c)()"),
        (
            "x = (\n    a.b\n    + c\n)",
            "BinOp",
            "a.b…",
            {"op": "lambda"},
            "x = (\n    await sync_to_async(lambda: a.b\n    + c)()\n)",
        ),
        ("x = (1, a.b)", "Tuple", "(1, a.b)", {"op": "lambda"}, "x = await sync_to_async(lambda: (1, a.b))()"),
    ],
)
def test_bridge(body_after: BodyAfter, before: str, node: str, text: str, params: dict[str, str], after: str) -> None:
    assert body_after(before, ("sync-bridge", node, text, params)) == after


def test_arguments_are_awaited_before_the_bridge(body_after: BodyAfter) -> None:
    get = ("orm-terminal", "Call", "qs.get()", {"method": "aget"})
    render: Place = ("render-bridge", "Call", 'render(request, "a.html", {"a": qs.get()})', {})
    assert body_after('return render(request, "a.html", {"a": qs.get()})', render, get) == (
        'return await sync_to_async(render)(request, "a.html", {"a": await qs.aget()})'
    )


def test_the_bridge_is_imported_once(head_after: HeadAfter) -> None:
    sites: list[Place] = [("sync-bridge", "Call", text, {}) for text in ("f()", "g()")]
    assert head_after("from asgiref.sync import async_to_sync\n\n", "f()\ng()\nasync_to_sync\n", *sites) == (
        "from asgiref.sync import async_to_sync, sync_to_async\n\n"
    )

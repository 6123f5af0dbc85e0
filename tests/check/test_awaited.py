"""G5: a coroutine that nothing awaits is found."""

from __future__ import annotations

import pytest

from amigrate.check import unawaited

FUNCTIONS = frozenset({"load", "helpers.load"})
METHODS = frozenset({"aget"})


@pytest.mark.parametrize(
    "body",
    [
        "await load()",
        "x = (await load()).y",
        "await helpers.load(1)",
        "await self.aget()",
        "await (load() if a else b.aget())",
        "await (a or load())",
        "await asyncio.gather(load(), x.aget())",
        "await asyncio.gather(*[load(i) for i in y])",
        "await asyncio.gather(*(load(i) for i in y), return_exceptions=True)",
        "await asyncio.wait_for(load(), 3)",
        "await asyncio.wait([load()])",
        "task = asyncio.create_task(load())",
        "group.create_task(load())",
        "asyncio.run(load())",
        "loop.run_until_complete(load())",
        "async_to_sync(load)()",
        "x = load",
        "other.load()",
        "get()",
        "load = 1\n    load()",
        "def load(): pass\n    load()",
    ],
)
def test_awaited(body: str) -> None:
    assert unawaited(f"async def f(self):\n    {body}\n".encode(), FUNCTIONS, METHODS) == ()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("load()", "load"),
        ("return load()", "load"),
        ("x = load()\n    await x", "load"),
        ("await load().y()", "load"),
        ("await get(load())", "load"),
        ("await (load() + 1)", "load"),
        ("await (a if load() else b)", "load"),
        ("await asyncio.gather(get(load()))", "load"),
        ("subprocess.run(load())", "load"),
        ("helpers.load()", "helpers.load"),
        ("[a.aget() for a in b]", "a.aget"),
        ("x = lambda: load()", "load"),
        ("if load(): pass", "load"),
        ("async for x in load(): pass", "load"),
        ("async def load(): pass\n    load()", "load"),
    ],
)
def test_not_awaited(body: str, name: str) -> None:
    found = unawaited(f"async def f(self):\n    {body}\n".encode(), FUNCTIONS, METHODS)
    assert [callee for _, callee in found] == [name]


def test_parameter_means_something_else_in_its_function_only() -> None:
    source = b"def f(load):\n    load()\n\n\ndef g():\n    load()\n"
    assert unawaited(source, FUNCTIONS, METHODS) == ((6, "load"),)


def test_async_generator_is_not_awaited() -> None:
    source = b"async def load():\n    yield 1\n\n\nasync def f():\n    async for x in load():\n        pass\n"
    assert unawaited(source, FUNCTIONS, METHODS) == ()

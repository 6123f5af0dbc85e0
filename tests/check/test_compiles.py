"""G2: what does not compile under the target Python is named with its line."""

from __future__ import annotations

import pytest

from amigrate.check import compiles


@pytest.mark.parametrize(
    ("source", "python"),
    [
        (b"", "3.12"),
        (b"async def f():\n    return await g()\n", "3.8"),
        (b"async def f():\n    return [x async for x in y]\n", "3.8"),
        (b"async def f():\n    return [a async for a in [b for b in c]]\n", "3.8"),
        (b"async def f():\n    return [[x async for x in y] for z in w]\n", "3.11"),
        (b"async def f():\n    return [z for z in [x async for x in y]]\n", "3.10"),
        (b"async def f():\n    return [[x async for x in y] async for z in w]\n", "3.10"),
        (b"match a:\n    case 1: pass\n", "3.10"),
        (b"x = '\\d'\n", "3.12"),
        (b"\xef\xbb\xbfx = 1\r\n", "3.12"),
        (b"# coding: latin-1\nx = '\xe9'\n", "3.12"),
        (b"x = 1\n", "3.99"),
    ],
)
def test_compiles(source: bytes, python: str) -> None:
    assert compiles(source, python) is None


@pytest.mark.parametrize(
    ("source", "python", "reason"),
    [
        (b"x = (\n", "3.12", "line 1: "),
        (b"x = 1\ndef f():\n    await g()\n", "3.12", "line 3: 'await' outside async function"),
        (b"def f():\n    return [x async for x in y]\n", "3.12", "line 2: asynchronous comprehension outside"),
        (b"def f():\n    async with a: pass\n", "3.12", "line 2: "),
        (b"async def f():\n    yield 1\n    return 2\n", "3.12", "line 3: 'return' with value in async generator"),
        (b"\ndef f(a, a): pass\n", "3.12", "line 2: duplicate argument"),
        (b"\nmatch a:\n    case 1: pass\n", "3.9", "line 3: Pattern matching"),
        (
            b"async def f():\n    return [[x async for x in y] for z in w]\n",
            "3.10",
            "line 2: asynchronous comprehension",
        ),
        (
            b"async def f():\n    return [{await x for x in y} for z in w]\n",
            "3.9",
            "line 2: asynchronous comprehension",
        ),
        (b"x = 1\0\n", "3.12", ""),
        (b"x = '\xff'\n", "3.12", ""),
    ],
)
def test_says_why_not(source: bytes, python: str, reason: str) -> None:
    error = compiles(source, python)
    assert error is not None
    assert error.startswith(reason)

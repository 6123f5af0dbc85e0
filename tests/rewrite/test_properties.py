"""Over random and nasty Python, and over the standard library: rewriting nothing returns the very same bytes, and
rewriting something changes nothing else."""

from __future__ import annotations

import ast
import random
import sysconfig
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from amigrate.check import equal_outside
from amigrate.codemod import Imports, SiteCodemod
from amigrate.model import Site, Span
from amigrate.rewrite import Region, RewriteError, apply_imports, rewrite_source

Codemods = Mapping[str, SiteCodemod]

SIMPLE = [
    "f()",
    "x = f(1)",
    "x, (y, z) = a, (b, c)",
    "return",
    "pass",
    "del x[f()]",
    "raise E(f()) from None",
    "assert f(), 'm'",
    "x: 'T' = f()",
    "x += f(g(h()))",
    "a = 1; b = f(2)",
    "f();",
    "x = lambda *a, b=f(), **k: (yield)",
    "global g1",
    "x = f(a for a in b if a)",
    "f ((a for a in b), *c, d=e, **g)",
    "x = [a async for a in f()] if 0 else {**f(), 'é': 1}",
    "x = (f()).y[f():, ::2, ...]",
    "print(f'{f(1)!r:>{f(2)}} é {{}}' f\"{f('q')}\" 'r')",
    "if (n := f()) and n: f(n)",
    "x = 'é', f('ünï'), b'\\x00', r'\\d'",
    "x = not f() in a is not b",
    "x = -f() ** 2 if a else f",
    "x = f(  # one\n        1,  # two\n\n   # three\n  )",
    "x = \\\n  f(1) + \\\n    f(2)",
    "x = '''a\n f() é\n''' % f()",
    "from . import (a,\n   b as c, # d\n)",
    "import a.b as c, d",
    "ñ = f(ñ)",
    "x = yield f()",
    "(f())",
    "((f(), ))",
    "x = f(1)  # trailing   ",
    "try: f()\nfinally: f()",
    "x = {f(): f() for _ in f() for _ in f()}",
    "while f(): break",
    "x = a if f() else (yield)",
    "x = await f()",
    "@f(1) # c\n\n# d\ndef g(): f()",
    "class C(f()): x = f()",
    "f(f)(f())",
]
HEADERS = [
    "def f(a, /, b: f() = f(), *, c=f(1)) -> f():",
    "async def g(x):  # why",
    "class A(B, metaclass=f()):",
    "if f():",
    "for x, (y, z) in f(), g():",
    "async for x in f():",
    "with f() as a, (f()) as b:",
    "async with (f() as a, f()):",
    "while (f()):",
    "@f(1)\n@g.h\ndef h():",
    "@ f\nclass C :",
    "def k(\n    a=f(),  # c\n    *b\n):",
    "try:\n    f()\nexcept f() as e:",
    "match f(1):\n case {'a': [f(), *_]} if f():\n  f()\n case _:",
    "if f():\n    f()\nelif f():",
    "if a: f()\nelse:",
    "for _ in f():\n\n  # c\n  f(); f();\n\nelse:",
    "try: f()\nexcept* f():",
    "try:\n f()\nfinally:",
]
BETWEEN = ["", "   ", "# comment é", "    # indented", "\t", "\f"]

KINDS = (
    "Call Name Attribute Tuple GeneratorExp ListComp DictComp Lambda Subscript Constant JoinedStr BinOp BoolOp Compare "
    "UnaryOp IfExp Await Yield Starred keyword NamedExpr Dict List FunctionDef AsyncFunctionDef ClassDef For AsyncFor "
    "With AsyncWith While If Try ExceptHandler Match"
).split()


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> str:
    """Some statements at no indentation."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        parts += draw(st.lists(st.sampled_from(BETWEEN), max_size=2))
        if depth < 3 and draw(st.booleans()):
            indent = draw(st.sampled_from(["    ", "  ", "\t", " "]))
            body = draw(blocks(depth=depth + 1))
            parts.append(draw(st.sampled_from(HEADERS)))
            parts += [indent + line if line.strip(" \t") else line for line in body.split("\n")]
        else:
            parts.append(draw(st.sampled_from(SIMPLE)))
    return "\n".join(parts)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A Python file that `ast` can parse."""
    text = draw(blocks()) + draw(st.sampled_from(["", "\n", "\n\n", "\n# end", "\n   "]))
    encoding, cookie, bom = draw(
        st.sampled_from(
            [("utf-8", "", b""), ("utf-8", "", b"\xef\xbb\xbf"), ("latin-1", "# -*- coding: latin-1 -*-\n", b"")]
        )
    )
    lines = (cookie + text).split("\n")
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\n", "\r\n"]]))
    text = "".join(line + ends[index % len(ends)] for index, line in enumerate(lines[:-1])) + lines[-1]
    source = bom + text.encode(encoding)
    try:
        parsed(source)
    except SyntaxError:
        assume(False)
    return source


def parsed(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def sites(source: bytes, kinds: Sequence[str], codemod: str) -> list[Site]:
    """All nodes of `kinds` that LibCST has as nodes too."""
    tree = parsed(source)
    slices = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}  # `a[b, c]` has no tuple
    specs = {id(node.format_spec) for node in ast.walk(tree) if isinstance(node, ast.FormattedValue)}
    texts = {id(value) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
    patterns = {id(node) for case in ast.walk(tree) if isinstance(case, ast.pattern) for node in ast.walk(case)}
    found = []
    for node in ast.walk(tree):
        name = type(node).__name__
        if name not in kinds or not isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.excepthandler):
            continue
        if id(node) in specs | texts | patterns or (isinstance(node, ast.Tuple) and id(node) in slices):
            continue
        span = Span(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
        found.append(Site(span, name, codemod))
    return list(dict.fromkeys(found))


def rebuilt(before: bytes, after: bytes, regions: Sequence[Region]) -> bytes:
    out, done = b"", 0
    for region in regions:
        out += before[done : region.before_start] + after[region.after_start : region.after_end]
        done = region.before_end
    return out + before[done:]


def check_keep(source: bytes, chosen: Sequence[Site], codemods: Codemods) -> None:
    try:
        result = rewrite_source("f.py", source, chosen, codemods)
    except RewriteError as error:
        assert b"\f" in source and "LibCST cannot take" in error.reason, error.reason
        return
    assert result.after == source
    assert result.regions == ()
    assert len(result.edits) == len(chosen)
    assert all(edit.before == edit.after for edit in result.edits)


def check_await(source: bytes, chosen: Sequence[Site], codemods: Codemods) -> None:
    try:
        result = rewrite_source("f.py", source, chosen, codemods)
    except RewriteError as error:
        assert b"\f" in source and "LibCST cannot take" in error.reason, error.reason
        return
    assert equal_outside(source, result.after, result.regions) is None
    assert rebuilt(source, result.after, result.regions) == result.after
    assert awaits(result.after) == awaits(source) + len(chosen)
    assert result.after.replace(b"(await ", b"").replace(b")", b"") == source.replace(b"(await ", b"").replace(
        b")", b""
    )


def awaits(source: bytes) -> int:
    return sum(isinstance(node, ast.Await) for node in ast.walk(parsed(source)))


nasty = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@nasty
@given(source=files(), data=st.data())
def test_keeping_nodes_keeps_every_byte(source: bytes, data: st.DataObject, codemods: Codemods) -> None:
    found = sites(source, KINDS, "keep")
    assume(found)
    check_keep(source, data.draw(st.lists(st.sampled_from(found), unique=True, min_size=1)), codemods)


@nasty
@given(source=files(), data=st.data())
def test_rewriting_calls_changes_nothing_else(source: bytes, data: st.DataObject, codemods: Codemods) -> None:
    found = sites(source, ["Call"], "await")
    assume(found)
    check_await(source, data.draw(st.lists(st.sampled_from(found), unique=True, min_size=1)), codemods)


@nasty
@given(source=files())
def test_imports_can_be_added_to_any_file(source: bytes) -> None:
    imports = Imports({("asgiref.sync", "sync_to_async"), ("asyncio", "gather"), (".", "a9")}, set())
    after = apply_imports(source, imports)
    found = {
        ("." * node.level + (node.module or ""), alias.name)
        for node in parsed(after).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imports.needed <= found
    assert apply_imports(after, imports) == after
    assert len(parsed(after).body) - len(parsed(source).body) in (2, 3)


def test_keeping_what_has_nothing_to_keep(codemods: Codemods) -> None:
    for source in (b"", b"\n", b"# only a comment", b"\xef\xbb\xbf", b"\f\n"):
        assert rewrite_source("f.py", source, [], codemods).after == source


def standard_library(count: int) -> list[Path]:
    found = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    files_ = [path for path in found if 2_000 < path.stat().st_size < 60_000]
    return random.Random(7).sample(files_, count)


@pytest.mark.parametrize("path", standard_library(12), ids=lambda path: path.stem)
def test_standard_library(path: Path, codemods: Codemods) -> None:
    source = path.read_bytes()
    choose = random.Random(path.stem)
    for check, kinds, codemod in ((check_keep, KINDS, "keep"), (check_await, ["Call"], "await")):
        found = sites(source, kinds, codemod)
        check(source, choose.sample(found, min(len(found), 60)), codemods)
    check_keep(source, sites(source, ["FunctionDef", "AsyncFunctionDef"], "keep"), codemods)

"""The before/after harness for authors of codemods; amigrate's own tests use it too.

    from amigrate.testing import check_noop, check_transformed

    def test_renames_the_call():
        check_transformed(RenameThing, "old()\\n", "new()\\n")

Texts may be indented, as in a triple-quoted string in a test; bytes are taken as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from difflib import unified_diff
from textwrap import dedent

from libcst.codemod import VisitorBasedCodemodCommand

from amigrate.codemod import SiteCodemod
from amigrate.commands import command_of
from amigrate.fixture_files import Fixture, FixtureError, files_of, fixtures_of, read_fixture
from amigrate.model import Site, Span
from amigrate.registry import codemods
from amigrate.rewrite.rewrite import rewrite_source
from amigrate.rewrite.slow_lane import transform_whole

__all__ = [
    "Fixture",
    "FixtureError",
    "check_noop",
    "check_transformed",
    "files_of",
    "fixtures_of",
    "read_fixture",
    "site_at",
    "transformed",
]

Codemod = type[VisitorBasedCodemodCommand] | type[SiteCodemod]


def check_transformed(
    codemod: Codemod,
    before: str | bytes,
    after: str | bytes,
    *,
    sites: Sequence[Site] | None = None,
    path: str = "example.py",
) -> None:
    """Asserts that `codemod` turns `before` into exactly `after`, that this compiles, and that it is stable.

    Args:
        codemod: any `VisitorBasedCodemodCommand`, or one of our `SiteCodemod`s.
        before: the file before.
        after: the file after.
        sites: for one of our `SiteCodemod`s, the places to rewrite (see `site_at`), which may be of several codemods;
            without them the codemod plans the file alone, and is run a second time, which must change nothing.
        path: the name of the file.

    Raises:
        AssertionError: with a diff of what was expected and what came out.
    """
    source, expected = _bytes(before), _bytes(after)
    assert source != expected, "before and after are the same: use check_noop"
    actual = transformed(codemod, source, sites=sites, path=path)
    _assert_equal(expected, actual, "the expected and the actual result differ")
    ast.parse(actual)
    if sites is None:
        again = transformed(codemod, actual, path=path)
        _assert_equal(actual, again, "a second run changes the result of the first")


def check_noop(
    codemod: Codemod, source: str | bytes, *, sites: Sequence[Site] | None = None, path: str = "example.py"
) -> None:
    """Asserts that `codemod` changes nothing in `source`; the arguments are those of `check_transformed`.

    Raises:
        AssertionError: with a diff of what it changed.
    """
    text = _bytes(source)
    _assert_equal(text, transformed(codemod, text, sites=sites, path=path), "this must not change")


def transformed(
    codemod: Codemod, source: bytes, *, sites: Sequence[Site] | None = None, path: str = "example.py"
) -> bytes:
    """What `codemod` makes of `source`; the arguments and errors are those of the engine."""
    if not issubclass(codemod, SiteCodemod):
        assert sites is None, "only a SiteCodemod has sites"
        return transform_whole(path, source, codemod)
    if sites is None:
        return transform_whole(path, source, command_of(codemod))
    known = {**codemods(), codemod.META.id: codemod()}
    return rewrite_source(path, source, sites, known).after


def site_at(source: str | bytes, text: str, node: str, codemod: str, *, nth: int = 0, **params: str) -> Site:
    """The site of the `nth` (from 0) `ast` node of class `node` in `source` whose source text is `text`.

    A `text` that ends with `…` is the beginning of it. `params` are the parameters of the site.

    Raises:
        AssertionError: there is no such node.
    """
    code = _bytes(source).decode()
    found = [
        span
        for candidate in ast.walk(ast.parse(code))
        if type(candidate).__name__ == node and (span := _span(candidate)) and _is_text(code, candidate, text)
    ]
    assert len(found) > nth, f"no {node} {text!r} number {nth} in:\n{code}"
    return Site(sorted(found)[nth], node, codemod, tuple(params.items()))


def _span(node: ast.AST) -> Span | None:
    if not isinstance(node, ast.expr | ast.stmt):
        return None
    return Span(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)


def _is_text(code: str, node: ast.AST, text: str) -> bool:
    segment = ast.get_source_segment(code, node) or ""
    return segment.startswith(text[:-1]) if text.endswith("…") else segment == text


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else dedent(text).removeprefix("\n").encode()


def _assert_equal(expected: bytes, actual: bytes, message: str) -> None:
    if expected == actual:
        return
    old, new = (text.decode("utf-8", "backslashreplace").splitlines(keepends=True) for text in (expected, actual))
    diff = [line if line.endswith("\n") else f"{line}\n" for line in unified_diff(old, new, "expected", "actual")]
    raise AssertionError("".join([f"{message}:\n", *diff, f"expected bytes: {expected!r}\nactual bytes:   {actual!r}"]))

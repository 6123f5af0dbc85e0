"""Tiny codemods, and a way to name the nodes they work on by their text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

import libcst as cst
import pytest

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site, Span
from amigrate.rewrite import Rewritten, rewrite_source

Want = tuple[str, str, str] | tuple[str, str, str, dict[str, str]]
Rewrite = Callable[..., Rewritten]
SitesIn = Callable[..., list[Site]]


def metadata(codemod: str) -> Metadata:
    return Metadata(id=codemod, summary=codemod, why="", fix_safety="")


class Await(SiteCodemod):
    """`x` becomes `(await x)`; params: `need` and `drop` are `module:name` of imports."""

    META: ClassVar[Metadata] = metadata("await")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        assert isinstance(node, cst.BaseExpression)
        ask(site, imports)
        return cst.Await(node, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


class Rename(SiteCodemod):
    """The called name, or the name itself, becomes the parameter `to`."""

    META: ClassVar[Metadata] = metadata("rename")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        ask(site, imports)
        to = site.param("to", "renamed")
        if isinstance(node, cst.Name):
            return node.with_changes(value=to)
        assert isinstance(node, cst.Call)
        if isinstance(node.func, cst.Attribute):
            return node.with_deep_changes(node.func.attr, value=to)
        return node.with_deep_changes(node.func, value=to) if isinstance(node.func, cst.Name) else node


class MakeAsync(SiteCodemod):
    """`def`, `for` and `with` become async."""

    META: ClassVar[Metadata] = metadata("async")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef | cst.For | cst.With)
        return node.with_changes(asynchronous=cst.Asynchronous())


class Before(SiteCodemod):
    """Puts the statement `put` before the node."""

    META: ClassVar[Metadata] = metadata("before")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.FlattenSentinel[cst.CSTNode]:
        return cst.FlattenSentinel([cst.parse_statement(site.param("put", "pass")), node])


class Kind(SiteCodemod):
    """Replaces an expression by the name of its class, so that a test sees which node was found."""

    META: ClassVar[Metadata] = metadata("kind")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        name = cst.Name(type(node).__name__)
        if isinstance(node, cst.Arg | cst.StarredElement):
            return node.with_changes(value=name)
        return name


class Keep(SiteCodemod):
    """Returns the node as it is."""

    META: ClassVar[Metadata] = metadata("keep")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        return node


class Fails(SiteCodemod):
    META: ClassVar[Metadata] = metadata("fails")

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        raise TypeError("not this one")


def ask(site: Site, imports: Imports) -> None:
    for name, pairs in (("need", imports.needed), ("drop", imports.replaced)):
        for item in filter(None, site.param(name).split(",")):
            module, _, imported = item.partition(":")
            pairs.add((module, imported))


def toy_codemods() -> dict[str, SiteCodemod]:
    kinds = (Await, Rename, MakeAsync, Before, Kind, Keep, Fails)
    return {kind.META.id: kind() for kind in kinds}


def span_of(node: ast.AST) -> Span:
    assert isinstance(node, ast.stmt | ast.expr | ast.keyword | ast.alias | ast.excepthandler)
    return Span(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)


def find_sites(source: bytes, *wants: Want) -> list[Site]:
    """The sites of `wants`: (class of the node, how its text begins, codemod id, parameters)."""
    tree = ast.parse(source)
    text = source.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", "replace")
    sites = []
    for node_name, begins, codemod, *params in wants:
        found = [
            node
            for node in ast.walk(tree)
            if type(node).__name__ == node_name and (ast.get_source_segment(text, node) or "").startswith(begins)
        ]
        assert found, f"no {node_name} that begins with {begins!r}"
        pairs = tuple(sorted(params[0].items())) if params else ()
        sites += [
            Site(span_of(node), node_name, codemod, pairs, group="g", symbol="app.f", reason="r") for node in found
        ]
    return sites


@pytest.fixture
def sites_in() -> SitesIn:
    return find_sites


@pytest.fixture
def codemods() -> dict[str, SiteCodemod]:
    return toy_codemods()


@pytest.fixture
def rewrite() -> Rewrite:
    """`rewrite(source, (node, begins, codemod[, params]), …)`; bytes or text in, `Rewritten` out."""

    def run(source: str | bytes, *wants: Want, path: str = "app/f.py", groups: Sequence[str] = ()) -> Rewritten:
        data = source.encode() if isinstance(source, str) else source
        sites = find_sites(data, *wants)
        sites = [replace(site, group=group) for site, group in zip(sites, groups, strict=True)] if groups else sites
        return rewrite_source(path, data, sites, toy_codemods())

    return run

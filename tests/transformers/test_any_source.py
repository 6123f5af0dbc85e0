"""Each call, truth test and iterable of real code, rewritten at once: the tree is as wanted, no comment is lost.

The code is amigrate's own: it is full of comments, multi-line chains, comprehensions and nested calls.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amigrate.model import Site, Span
from amigrate.registry import codemods
from amigrate.rewrite.rewrite import rewrite_source

SOURCES = sorted((Path(__file__).parents[2] / "codemods" / "amigrate").rglob("*.py"))
Change = Callable[[ast.expr], ast.expr]


def awaited_terminal(node: ast.expr) -> ast.expr:
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    node.func.attr = "a_method"
    return ast.Await(node)


def bridged(node: ast.expr) -> ast.expr:
    assert isinstance(node, ast.Call)
    return ast.Await(ast.Call(call("sync_to_async", node.func), node.args, node.keywords))


def materialised(node: ast.expr) -> ast.expr:
    clause = ast.comprehension(ast.Name("t", ast.Store()), node, [], 1)
    return ast.ListComp(ast.Name("t", ast.Load()), [clause])


def call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def is_method_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def is_operand(node: ast.AST) -> bool:
    return isinstance(
        node, ast.BinOp | ast.BoolOp | ast.IfExp | ast.Call | ast.Attribute | ast.ListComp
    ) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


@pytest.mark.parametrize(
    ("codemod", "params", "wanted", "change"),
    [
        ("orm-terminal", {"method": "a_method"}, is_method_call, awaited_terminal),
        ("sync-bridge", {"name": "sync_to_async"}, is_call, bridged),
        ("orm-materialise", {"target": "t"}, is_operand, materialised),
    ],
)
def test_all_sites_of_a_file(
    codemod: str, params: dict[str, str], wanted: Callable[[ast.AST], bool], change: Change
) -> None:
    count = 0
    for path in SOURCES[::3]:
        source = path.read_bytes()
        tree = ast.parse(source)
        places = [(node, tight) for node, tight in _expressions(tree) if wanted(node)]
        sites = [_site(node, codemod, params, tight) for node, tight in places]
        after = rewrite_source(path.name, source, sites, codemods()).after
        expected = _Changed({id(node) for node, _ in places}, change).visit(tree)
        assert ast.dump(ast.parse(after)) == ast.dump(expected), path
        assert _comments(after) == _comments(source), path
        count += len(sites)
    assert count > 300


def _expressions(tree: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """The expressions in bodies of functions, and whether each is the operand of something tighter than await."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.col_offset == 0:
            for statement in function.body:
                if not isinstance(statement, ast.FunctionDef | ast.Match):
                    yield from _below(statement)


def _below(parent: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    for name, value in ast.iter_fields(parent):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr | ast.pattern) or name == "annotation":
                continue
            if isinstance(child, ast.expr):
                yield child, isinstance(parent, ast.Attribute | ast.Call | ast.Subscript) and name in ("func", "value")
            yield from _below(child)


def _site(node: ast.expr, codemod: str, params: dict[str, str], tight: bool) -> Site:
    assert node.end_lineno is not None and node.end_col_offset is not None
    span = Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    parens = {"parens": "1"} if tight and codemod != "orm-materialise" else {}
    return Site(span, type(node).__name__, codemod, tuple({**params, **parens}.items()))


class _Changed(ast.NodeTransformer):
    def __init__(self, chosen: set[int], change: Change) -> None:
        self.chosen, self.change = chosen, change

    def visit(self, node: ast.AST) -> ast.AST:
        chosen = id(node) in self.chosen
        node = self.generic_visit(node)
        return self.change(node) if chosen and isinstance(node, ast.expr) else node


def _comments(source: bytes) -> list[str]:
    tokens = tokenize.tokenize(io.BytesIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]

"""What a codemod expects at a site, checked: the plan and the source must agree on the shape of the node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)


class UnexpectedShape(ValueError):
    """The node at a site is not what the codemod rewrites: the site must be left alone and its group refused."""


def expect(node: cst.CSTNode, kind: type[Node]) -> Node:
    """`node` itself, if it is a `kind`.

    Raises:
        UnexpectedShape: it is something else.
    """
    if isinstance(node, kind):
        return node
    raise UnexpectedShape(f"expected {kind.__name__}, found {type(node).__name__}")


def expression(node: cst.CSTNode) -> cst.BaseExpression:
    """`node`, if it is an expression.

    Raises:
        UnexpectedShape: it is a statement or a part of one.
    """
    if isinstance(node, cst.BaseExpression):
        return node
    raise UnexpectedShape(f"expected an expression, found {type(node).__name__}")


def only(nodes: Sequence[Node], what: str) -> Node:
    """The one element of `nodes`.

    Raises:
        UnexpectedShape: there is none or more than one.
    """
    if len(nodes) != 1:
        raise UnexpectedShape(f"expected one {what}, found {len(nodes)}")
    return nodes[0]


def text_of(node: cst.CSTNode) -> str:
    """The source text of one node."""
    return cst.Module([]).code_for_node(node)


class _Finder(cst.CSTVisitor):
    def __init__(self, kind: type[cst.CSTNode]) -> None:
        super().__init__()
        self.kind = kind
        self.found = False

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.found = self.found or isinstance(node, self.kind)
        return not self.found


def contains(node: cst.CSTNode, kind: type[cst.CSTNode]) -> bool:
    """Whether `node` or anything inside it is a `kind`."""
    finder = _Finder(kind)
    node.visit(finder)
    return finder.found

"""Simple statements, alone, on a line of their own, or after a colon: replacing one, and putting one before another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from amigrate.transformers.shape import UnexpectedShape, only

Small = cst.BaseSmallStatement


def replaced(node: cst.CSTNode, change: Callable[[Small], Small]) -> cst.CSTNode:
    """`node`, a simple statement or the line or suite that holds nothing else, with the statement changed.

    Raises:
        UnexpectedShape: `node` is another kind of statement, or there are others on its line.
    """
    if isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
        return node.with_changes(body=[change(only(node.body, "statement on the line"))])
    if isinstance(node, Small):
        return change(node)
    raise UnexpectedShape(f"expected a simple statement, found {type(node).__name__}")


def inserted_before(node: cst.CSTNode, statement: Small) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
    """`statement` on a line before `node`, or before it on the same line if `node` stands after a colon.

    Blank lines and the comments that a blank line parts from `node` stay above the new line; a comment directly above
    `node` stays there.

    Raises:
        UnexpectedShape: `node` is not a statement.
    """
    if isinstance(node, cst.SimpleStatementSuite):
        return node.with_changes(body=[statement, *node.body])
    if isinstance(node, Small):
        return cst.FlattenSentinel([statement, node])
    lines: Sequence[cst.EmptyLine] | None = getattr(node, "leading_lines", None)
    if lines is None or not isinstance(node, cst.BaseStatement):
        raise UnexpectedShape(f"expected a statement, found {type(node).__name__}")
    above, own = parted(lines)
    line = cst.SimpleStatementLine([statement], leading_lines=above)
    return cst.FlattenSentinel([line, node.with_changes(leading_lines=own)])


def parted(lines: Sequence[cst.EmptyLine]) -> tuple[Sequence[cst.EmptyLine], Sequence[cst.EmptyLine]]:
    """The lines above a statement: up to the last blank one, and the comments directly above the statement."""
    count = len(lines)
    while count and lines[count - 1].comment is not None:
        count -= 1
    return lines[:count], lines[count:]

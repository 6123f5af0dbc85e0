"""What one turn of a loop hands on to the next: names that it may read before it gives them a value."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from amigrate.facts.nodes import walk

_FILLING = frozenset({"append", "add"})
_Names = set[str]


def reads_earlier(loop: ast.For | ast.AsyncFor | ast.While, names: _Names, boxes: _Names) -> bool:
    """Whether a turn may read one of these names while it has the value of the turn before.

    Where it does not, it does the same whatever they were. Of the `boxes` among them, which are lists or dicts in
    both turns, putting something in is no reading: what comes of it does not depend on what is in there.
    """
    turn = _Turn(boxes)
    try:
        if isinstance(loop, ast.While):
            turn.expression(loop.test, names)
            turn.block(loop.body, names)
        else:
            turn.block(loop.body, turn.target(loop.target, names))
    except _Read:
        return True
    return False


class _Read(Exception):
    """One of the names is read."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """Follows the names through the body of a loop. All its methods raise `_Read` where one of them may be read."""

    boxes: _Names

    def block(self, body: Sequence[ast.stmt], names: _Names | None) -> _Names | None:
        """Those of the names that may still have their earlier value after the statements; None when control does not
        reach their end."""
        for statement in body:
            if not names:
                return names
            names = self.statement(statement, names)
        return names

    def statement(self, node: ast.stmt, names: _Names) -> _Names | None:
        """As `block`, of one statement."""
        match node:
            case ast.Assign() | ast.AnnAssign() if node.value is not None:
                self.expression(node.value, names)
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    names = self.target(target, names)
            case ast.If():
                self.expression(node.test, names)
                return _either(self.block(node.body, names), self.block(node.orelse, names))
            case ast.For() | ast.AsyncFor():
                self.expression(node.iter, names)
                self.block(node.body, self.target(node.target, names))
                self.block(node.orelse, names)
            case ast.While():
                self.expression(node.test, names)
                self.block(node.body, names)
                self.block(node.orelse, names)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.expression(item.context_expr, names)
                    names = names if item.optional_vars is None else self.target(item.optional_vars, names)
                return self.block(node.body, names)
            case ast.Try() | ast.TryStar():
                return self.attempt(node, names)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as box, attr=attr)) as call) if (
                box.id in self.boxes and attr in _FILLING
            ):
                for part in (*call.args, *call.keywords):
                    self.expression(part, names)
            case _:
                self.expression(node, names)
        return None if isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue) else names

    def attempt(self, node: ast.Try | ast.TryStar, names: _Names) -> _Names | None:
        """As `statement`, of a `try`: a handler may start anywhere in its body."""
        after = self.block(node.orelse, self.block(node.body, names))
        for handler in node.handlers:
            self.expression(handler.type, names)
            after = _either(after, self.block(handler.body, names))
        self.block(node.finalbody, names)
        return after

    def target(self, node: ast.expr, names: _Names) -> _Names:
        """What is left of the names once a target was assigned."""
        match node:
            case ast.Name():
                return names - {node.id}
            case ast.Tuple() | ast.List():
                for element in node.elts:
                    names = self.target(element, names)
            case ast.Starred():
                return self.target(node.value, names)
            case ast.Subscript(value=ast.Name() as box) if box.id in self.boxes:
                self.expression(node.slice, names)
            case _:
                self.expression(node, names)
        return names

    def expression(self, node: ast.AST | None, names: _Names) -> None:
        """Looks for the names in what is no block, or in one whose order of execution is not looked at."""
        for part in walk(node) if node is not None else ():
            if isinstance(part, ast.AugAssign):
                part = part.target
            elif not isinstance(part, ast.Name) or isinstance(part.ctx, ast.Store):
                continue
            if isinstance(part, ast.Name) and part.id in names:
                raise _Read


def _either(one: _Names | None, other: _Names | None) -> _Names | None:
    return other if one is None else one if other is None else one | other

"""Where each node of a LibCST module stands in its text, found while the text is generated.

LibCST's own position metadata costs two more passes over the tree and counts lines and columns. This uses the same
hooks of its code generator, gives offsets, and the text too, which shows whether LibCST gives back what it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType

import libcst as cst
from libcst._nodes.internal import CodegenState

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """A module, its text, and the offsets in it where each node begins and ends, as `PositionProvider` counts them."""

    module: cst.Module
    code: str
    ranges: dict[cst.CSTNode, Range]


def layout(module: cst.Module) -> Layout:
    """The layout of a module that was just parsed."""
    state = _Recorder(module)
    module._codegen(state)
    tokens = state.tokens
    offsets = list(accumulate(map(len, tokens), initial=0))
    last = len(tokens)  # the token of a newline that the text lacks is taken back at the end
    ranges = {node: (offsets[min(start, last)], offsets[min(end, last)]) for node, (start, end) in state.ranges.items()}
    return Layout(module, "".join(tokens), ranges)


class _Recorder(CodegenState):
    """Remembers for each node its range of tokens."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.ranges: dict[cst.CSTNode, Range] = {}
        self.begun: list[int] = []

    def before_codegen(self, node: cst.CSTNode) -> None:
        self.begun.append(len(self.tokens))

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self.begun.pop()
        if node not in self.ranges:  # else the node has marked its range itself, without the white space around it
            self.ranges[node] = (start, len(self.tokens))

    def record_syntactic_position(  # type: ignore[override]  # a context manager of our own is four times faster
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Marking:
        return _Marking(self, node, start_node, end_node)


class _Marking:
    """While it is entered, a node writes its text."""

    __slots__ = ("end_node", "node", "start", "start_node", "state")

    def __init__(
        self, state: _Recorder, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.state, self.node, self.start_node, self.end_node = state, node, start_node, end_node
        self.start = 0

    def __enter__(self) -> None:
        self.start = len(self.state.tokens)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        ranges = self.state.ranges
        start = self.start if self.start_node is None else ranges[self.start_node][0]
        end = len(self.state.tokens) if self.end_node is None else ranges[self.end_node][1]
        ranges[self.node] = (start, end)

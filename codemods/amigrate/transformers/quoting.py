"""Which quotes a new string has: those that are used around it."""

from __future__ import annotations

import libcst as cst

from amigrate.model import Site


class _Quotes(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.quote = ""

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        if not self.quote and len(node.quote) == 1:
            self.quote = node.quote


def quoted(text: str, site: Site, near: cst.CSTNode) -> str:
    """`text`, an identifier or path of identifiers, as a string literal.

    The quotes are the site's `quote`, else those of the first string in `near`, else double ones.
    """
    quote = site.param("quote")
    if not quote:
        visitor = _Quotes()
        near.visit(visitor)
        quote = visitor.quote or '"'
    return f"{quote}{text}{quote}"

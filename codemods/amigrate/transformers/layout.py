"""White space that must survive: comments, line breaks inside brackets, and the indentation of what moves inward."""

from __future__ import annotations

import libcst as cst

Space = cst.BaseParenthesizableWhitespace

NONE = cst.SimpleWhitespace("")
ONE = cst.SimpleWhitespace(" ")


def breaks(space: object) -> bool:
    """Whether `space` holds a line break inside brackets (a backslash continuation is not one)."""
    return isinstance(space, cst.ParenthesizedWhitespace)


def commented(space: object) -> bool:
    """Whether `space` holds a comment."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return False
    return space.first_line.comment is not None or any(line.comment is not None for line in space.empty_lines)


def kept_comments(*spaces: Space) -> Space:
    """White space with all comments of `spaces`, the tokens around which go away; empty if there are none."""
    return joined(*(space for space in spaces if commented(space)))


def joined(*spaces: Space) -> Space:
    """`spaces` as one: the line breaks and comments of all; empty if none breaks the line."""
    broken = [space for space in spaces if isinstance(space, cst.ParenthesizedWhitespace)]
    if not broken:
        return NONE
    first, *rest = broken
    lines = list(first.empty_lines)
    for space in rest:
        if (comment := space.first_line.comment) is not None:
            lines.append(cst.EmptyLine(indent=space.indent, whitespace=space.last_line, comment=comment))
        lines.extend(space.empty_lines)
    last = broken[-1]
    return first.with_changes(empty_lines=lines, indent=last.indent, last_line=last.last_line)


def new_line_like(space: Space) -> Space:
    """A line break to the column of `space`, without its comments and empty lines; one blank if it breaks no line."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return ONE
    newline = space.first_line.newline
    return space.with_changes(first_line=cst.TrailingWhitespace(newline=newline), empty_lines=[])


def deeper(space: Space, by: str = "    ") -> Space:
    """`space` with the column after its line break moved to the right; unchanged if it breaks no line."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    return space.with_changes(
        last_line=cst.SimpleWhitespace(space.last_line.value + by),
        empty_lines=[_deeper_comment(line, by) for line in space.empty_lines],
    )


def _deeper_comment(line: cst.EmptyLine, by: str) -> cst.EmptyLine:
    if line.comment is None:
        return line
    return line.with_changes(whitespace=cst.SimpleWhitespace(line.whitespace.value + by))


class Deeper(cst.CSTTransformer):
    """Moves all continuation lines of an expression to the right; the text of strings is not touched."""

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> Space:
        return deeper(updated_node)


class Continued(cst.CSTTransformer):
    """Moves the lines after a backslash to the right with their statement; all other lines move by themselves."""

    def leave_SimpleWhitespace(
        self, original_node: cst.SimpleWhitespace, updated_node: cst.SimpleWhitespace
    ) -> cst.SimpleWhitespace:
        return cst.SimpleWhitespace(updated_node.value.replace("\n", "\n    "))

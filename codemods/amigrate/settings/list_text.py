"""Adds an element to a list of strings, or replaces a string, in the style that is there."""

from __future__ import annotations

import ast
import re

from amigrate.model import Replacement

_LINE_END = re.compile(rb"\r\n|\r|\n")
_REST_OF_LINE = re.compile(rb"(?P<comma>,?)(?P<rest>[ \t]*(?:#[^\r\n]*)?)(?=\r|\n)")
_STRING = re.compile(rb"(?P<quote>[\"'])[^\"'\\\r\n]*(?P=quote)")


def with_element(source: bytes, literal: ast.List | ast.Tuple, element: str) -> Replacement | None:
    """`element` as the last one of a list or tuple of strings; None where the text is not as expected.

    On a line of its own where the last element is; comments and commas are kept.
    """
    offsets = _Offsets(source)
    if not literal.elts or not offsets.usable:
        return None
    last = literal.elts[-1]
    start, end = offsets.span(last)
    texts = [found for item in literal.elts if (found := _STRING.fullmatch(source, *offsets.span(item)))]
    new = (texts[-1]["quote"] if texts else b'"').join((b"", element.encode(), b""))
    line_start = max(source.rfind(b"\n", 0, start), source.rfind(b"\r", 0, start)) + 1
    indent, rest = source[line_start:start], _REST_OF_LINE.match(source, end)
    if indent.strip() or rest is None or literal.lineno == last.lineno:
        change = Replacement(end, end, b", " + new)
    else:
        newline = match[0] if (match := _LINE_END.search(source)) else b"\n"
        line = newline + indent + new + rest["comma"]
        change = Replacement(end, rest.end(), b"," + rest["rest"] + line)
        if rest["comma"]:
            change = Replacement(rest.end(), rest.end(), line)
    return change if _has_only_that_more(source, replaced(source, change), element) else None


def with_string(source: bytes, node: ast.Constant, new: str) -> Replacement | None:
    """Another text in the place of a plain string; None where it is written in a form that is not expected."""
    offsets = _Offsets(source)
    if not offsets.usable:
        return None
    start, end = offsets.span(node)
    written = _STRING.fullmatch(source, start, end)
    return Replacement(start + 1, end - 1, new.encode()) if written else None


def replaced(source: bytes, change: Replacement) -> bytes:
    """The source with a change."""
    return source[: change.start] + change.after + source[change.end :]


class _Offsets:
    """From the coordinates of `ast` to byte offsets, for files in UTF-8."""

    def __init__(self, source: bytes) -> None:
        mark = 3 if source.startswith(b"\xef\xbb\xbf") else 0
        self.starts = [mark, *(end.end() for end in _LINE_END.finditer(source))]
        try:
            source.decode()
            self.usable = b"\f" not in source
        except UnicodeDecodeError:
            self.usable = False

    def span(self, node: ast.expr) -> tuple[int, int]:
        end_line, end_col = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[end_line - 1] + end_col


def _has_only_that_more(before: bytes, after: bytes, element: str) -> bool:
    try:
        old, new = ast.dump(ast.parse(before)), ast.dump(ast.parse(after))
    except (SyntaxError, ValueError, RecursionError):
        return False
    return new.replace(f", Constant(value={element!r})", "", 1) == old

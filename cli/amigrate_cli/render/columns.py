"""Old lines on the left, new ones on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.text import Text

from amigrate.review.segments import Line, rows_of

NUMBER = 6  # columns of a line number and the space behind it


def beside(lines: Sequence[Line], width: int, code: Callable[[Line], Text]) -> Iterator[Text]:
    """The lines of a hunk in two columns that are `width` wide together; what does not fit is cut.

    `code` gives the text of a line, in which nothing may steer the terminal.
    """
    half = max(NUMBER + 10, (width - 3) // 2)

    def cell(line: Line | None, number: int) -> Text:
        if line is None:
            return Text(" " * half)
        text = Text.assemble((f"{number:>{NUMBER - 1}} ", "dim"), code(line))
        text.expand_tabs(8)
        text.truncate(half, overflow="ellipsis", pad=True)
        return text

    for left, right in rows_of(lines):
        old, new = left.old if left else 0, right.new if right else 0
        row = Text.assemble(cell(left, old), (" │ ", "dim"), cell(right, new))
        row.rstrip()
        yield row

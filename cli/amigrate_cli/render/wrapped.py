"""Prose at the width of the terminal, indented, without trailing spaces."""

from __future__ import annotations

import textwrap

from rich.console import Console
from rich.text import Text


def print_wrapped(console: Console, text: str, indent: str = "", first: str | None = None, style: str = "") -> None:
    """Prints each line of `text` wrapped; `first` stands in place of the indent of the first one.

    Long words such as paths and links are not cut.
    """
    for number, line in enumerate(text.split("\n")):
        begin = first if first is not None and not number else indent
        wrapper = textwrap.TextWrapper(console.width, begin, indent, break_long_words=False, break_on_hyphens=False)
        for one in wrapper.wrap(line):
            console.print(Text(one, style=style), soft_wrap=True)

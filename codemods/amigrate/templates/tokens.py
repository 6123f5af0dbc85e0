"""Tags of a template in Django's language, as `django.template.base.Lexer` splits it, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# As Django's own: a tag does not go over the end of a line.
TAG = re.compile(r"({%.*?%}|{{.*?}}|{#.*?#})")
# As `django.utils.text.smart_split_re`, with what `_("...")` holds in one piece.
_BIT = re.compile(
    r"""((?:[^\s'"]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+)|\S+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`{{ … }}` or `{% … %}`: offsets of the whole, and what is in it without white space around."""

    start: int
    end: int
    contents: str
    is_block: bool

    @property
    def tag(self) -> str:
        """The name of a block tag, "" for a variable."""
        return self.contents.split(None, 1)[0] if self.is_block and self.contents else ""

    def bits(self, text: str) -> Iterator[tuple[int, str]]:
        """What stands in a block tag after its name, each with its offset in `text`."""
        found = _BIT.finditer(text, self.start + 2, self.end - 2)
        next(found, None)
        yield from ((bit.start(), bit[0]) for bit in found)


def tokens(text: str) -> Iterator[Token]:
    """The variables and block tags of a template that Django would compile, none of those in comments and verbatim."""
    until = ""
    for match in TAG.finditer(text):
        raw = match[0]
        token = Token(match.start(), match.end(), raw[2:-2].strip(), raw.startswith("{%"))
        if until:
            if token.is_block and token.contents == until:
                until = ""
                yield token
            continue
        if raw.startswith("{#"):
            continue
        if token.tag == "comment":
            until = "endcomment"
        elif token.tag == "verbatim":
            until = f"end{token.contents}"
        yield token

"""A hunk as text with colours: syntax, what was added and removed, and the words that changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.syntax import Syntax
from rich.text import Text

from amigrate.review.segments import Line, shortened
from amigrate_cli.render.columns import beside
from amigrate_cli.render.escape import visible

_BACK = {" ": "", "-": "on #3a1619", "+": "on #12301a"}
_WORDS = {"-": "bold on #7d2128", "+": "bold on #1f6b35"}
_LONGEST = 400  # characters of a line; what did not change in a longer one is left out


def unified(lines: Sequence[Line], path: str) -> Text:
    """The lines below each other, with the numbers of both sides."""
    coloured = _coloured(lines, path)
    width = max((len(str(max(line.old, line.new))) for line in lines), default=1)
    found = []
    for line, code in zip(lines, coloured, strict=True):
        numbers = f"{line.old or '':>{width}} {line.new or '':>{width}} "
        text = Text.assemble((numbers, "dim"), (f"{line.kind} ", "bold"), code, no_wrap=True)
        found.append(_backed(text, line))
    return Text("\n", no_wrap=True).join(found)


def side_by_side(lines: Sequence[Line], path: str, width: int) -> Text:
    """The old lines on the left, what became of them on the right; lines are cut at half of `width`."""
    coloured = dict(zip(map(id, lines), _coloured(lines, path), strict=True))
    rows = beside(lines, width, lambda line: _backed(coloured[id(line)], line))
    return Text("\n", no_wrap=True).join(rows)


def _backed(text: Text, line: Line) -> Text:
    """The line on the colour of its kind; the marked words have theirs already."""
    under = Text(text.plain, style=_BACK[line.kind], no_wrap=True)
    under.spans.extend(text.spans)
    return under


def _coloured(lines: Sequence[Line], path: str) -> list[Text]:
    """Each line with syntax colours and marks. Both sides are read as a whole, for texts over several lines."""
    shown = [shortened(line, _LONGEST) for line in lines]
    plain = ["".join(visible(part.text, keep="\t") for part in line.segments) for line in shown]
    old = iter(_highlighted([text for line, text in zip(shown, plain, strict=True) if line.kind != "+"], path))
    new = iter(_highlighted([text for line, text in zip(shown, plain, strict=True) if line.kind != "-"], path))
    found = []
    for line in shown:
        text = next(old) if line.kind == "-" else next(new)
        if line.kind == " ":
            next(old)
        at = 0
        for part in line.segments:
            length = len(visible(part.text, keep="\t"))
            if part.changed:
                text.stylize(_WORDS[line.kind], at, at + length)
            at += length
        if not line.ended:
            text.append("  (no newline at end of file)", "dim")
        found.append(text)
    return found


def _highlighted(lines: list[str], path: str) -> list[Text]:
    language = "python" if path.endswith(".py") else "html+django" if path.endswith(".html") else "text"
    text = Syntax("", language, theme="ansi_dark", word_wrap=False).highlight("\n".join(lines))
    found = list(text.split("\n", allow_blank=True))[: len(lines)]
    return [Text(plain) if one.plain != plain else one for one, plain in zip(found, lines, strict=True)]

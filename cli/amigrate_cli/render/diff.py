"""A changed file in the terminal: its hunks, with each change under its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from amigrate.model import Confidence, Edit, FileChange
from amigrate.review.encoding import encoding_of
from amigrate.review.hunks import Hunk, hunks_of
from amigrate.review.segments import Line, lines_of, shortened
from amigrate_cli.render.columns import beside
from amigrate_cli.render.escape import visible
from amigrate_cli.render.wrapped import print_wrapped

LINE_STYLES = {" ": "", "-": "red", "+": "green"}
LONGEST = 5_000  # characters of a line: of longer ones, such as minified code, only the ends are shown
WORD_STYLES = {"-": "bold red reverse", "+": "bold green reverse"}


def print_file(console: Console, change: FileChange, *, side_by_side: bool = False) -> None:
    """Prints the diff of one file under its name, with how often each codemod made an edit in it.

    In one column lines are never cut or folded, so that they can be copied.
    """
    count = len(change.edits)
    title = Text.assemble((visible(change.path), "bold"), (f"  {count} edit{'s' * (count != 1)}", "dim"))
    console.print(title, soft_wrap=True)
    if count:
        made = Counter(edit.codemod for edit in change.edits).most_common()
        print_wrapped(console, ", ".join(f"{visible(name)} {number}" for name, number in made), "  ", style="magenta")
    for hunk in hunks_of(change):
        print_hunk(console, hunk, encoding_of(change.before), side_by_side=side_by_side)
    console.print()


def print_hunk(console: Console, hunk: Hunk, encoding: str, *, side_by_side: bool = False) -> None:
    """Prints one hunk of a file in this encoding."""
    texts = _hunk(hunk, encoding, console.width if side_by_side else 0)
    console.print(Text("\n").join(texts), soft_wrap=True)


def _hunk(hunk: Hunk, encoding: str, width: int) -> Iterator[Text]:
    symbol = visible(hunk.edits[0].symbol) if hunk.edits else ""
    place = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    yield Text.assemble((place, "cyan"), f" {symbol}" if symbol else "")
    edits, lines = list(hunk.edits), [shortened(line, LONGEST) for line in lines_of(hunk, encoding)]
    last = max(number for number, line in enumerate(lines) if line.kind != " ")
    blocks = [(changed, list(run)) for changed, run in groupby(lines, key=lambda line: line.kind != " ")]
    seen, at = 0, hunk.old_start
    for number, (changed, block) in enumerate(blocks):
        seen += len(block)
        old = sum(line.kind != "+" for line in block)
        at += old
        if changed:
            end = at if old else at + 1  # what is inserted stands before the line `at`
            following = at + (len(blocks[number + 1][1]) if number + 1 < len(blocks) else 0)
            here = [e for e in edits if e.line < end or (e.line <= following and _begins(e, block)) or seen > last]
            edits = [edit for edit in edits if edit not in here]
            yield from _reasons(here)
        yield from beside(block, width, _code) if width else (_line(line) for line in block)


def _begins(edit: Edit, block: Sequence[Line]) -> bool:
    """Whether a block has the statement that an edit adds above another one, and above the comments of that."""
    if edit.after.count("\n") <= edit.before.count("\n"):
        return False
    first = edit.after.partition("\n")[0]
    return first not in edit.before.split("\n") and any(x.kind == "+" and x.text.strip() == first for x in block)


def _reasons(edits: Sequence[Edit]) -> Iterator[Text]:
    """One line for each reason, with the lines that it is about."""
    about: dict[tuple[str, str, Confidence], list[int]] = {}
    for edit in edits:
        about.setdefault((edit.codemod, edit.reason, edit.confidence), []).append(edit.line)
    for (codemod, reason, confidence), numbers in about.items():
        lines = sorted(set(numbers))
        where = f"  line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}, "
        sure = "" if confidence is Confidence.SAFE else f" [{confidence.value}]"
        yield Text.assemble((where, "dim"), (visible(codemod), "magenta"), f": {visible(reason)}", (sure, "yellow"))


def _line(line: Line) -> Text:
    return _code(line, line.kind)


def _code(line: Line, before: str = "") -> Text:
    """A line with the words marked that changed, behind `before`."""
    texts = [before, *(visible(part.text, keep="\t") for part in line.segments)]
    text = Text("".join(texts), style=LINE_STYLES[line.kind], tab_size=8)
    at = len(before)
    for part, shown in zip(line.segments, texts[1:], strict=True):
        if part.changed:
            text.stylize(WORD_STYLES[line.kind], at, at + len(shown))
        at += len(shown)
    return text if line.ended else text.append("  (no newline at end of file)")

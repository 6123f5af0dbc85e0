"""A changed file in the terminal: its hunks, with each change under its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from amigrate.model import Confidence, Edit, FileChange
from amigrate.review.encoding import decoded, encoding_of
from amigrate.review.hunks import Hunk, hunks_of
from amigrate.review.words import changed_words
from amigrate_cli.render.escape import visible

LINE_STYLES = {" ": "", "-": "red", "+": "green"}
WORD_STYLES = {"-": "bold red reverse", "+": "bold green reverse"}


def print_file(console: Console, change: FileChange) -> None:
    """Prints the diff of one file. Lines are never cut or folded, so that they can be copied."""
    count = len(change.edits)
    title = Text.assemble((visible(change.path), "bold"), (f"  {count} edit{'s' * (count != 1)}", "dim"))
    encoding = encoding_of(change.before)
    console.print(title, soft_wrap=True)
    for hunk in hunks_of(change):
        console.print(Text("\n").join(_hunk(hunk, encoding)), soft_wrap=True)
    console.print()


def _hunk(hunk: Hunk, encoding: str) -> Iterator[Text]:
    symbol = visible(hunk.edits[0].symbol) if hunk.edits else ""
    place = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    yield Text.assemble((place, "cyan"), f" {symbol}" if symbol else "")
    edits, at = list(hunk.edits), hunk.old_start
    last = max(number for number, (kind, _) in enumerate(hunk.lines) if kind != " ")
    seen = 0
    for changed, lines in groupby(hunk.lines, key=lambda line: line[0] != " "):
        texts = [(kind, _line(line, encoding)) for kind, line in lines]
        seen += len(texts)
        old = sum(kind != "+" for kind, _ in texts)
        at += old
        if changed:
            end = at if old else at + 1  # what is inserted stands before the line `at`
            here = [edit for edit in edits if edit.line < end or seen > last]
            edits = edits[len(here) :]
            yield from _reasons(here)
            yield from _changed(texts)
        else:
            yield from (_styled(kind, text, ()) for kind, text in texts)


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


def _line(line: bytes, encoding: str) -> str:
    text = decoded(line, encoding)
    ended = text.removesuffix("\n").removesuffix("\r")
    return visible(ended, keep="\t") + ("" if text.endswith("\n") else "  (no newline at end of file)")


def _changed(lines: Iterable[tuple[str, str]]) -> Iterator[Text]:
    """Removed and added lines, with the words marked that differ where they pair up."""
    for _, run in groupby(_blocks(lines), key=lambda line: line[0]):
        block = list(run)
        removed = [text for _, kind, text in block if kind == "-"]
        added = [text for _, kind, text in block if kind == "+"]
        if len(removed) == len(added):
            words = [changed_words(*pair) for pair in zip(removed, added, strict=True)]
        else:  # nobody knows which line became which
            words = [([], [])] * max(len(removed), len(added))
        yield from (_styled("-", text, spans[0]) for text, spans in zip(removed, words, strict=False))
        yield from (_styled("+", text, spans[1]) for text, spans in zip(added, words, strict=False))


def _blocks(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    """Numbers the runs of removed lines with the added ones that follow."""
    number, previous = 0, "-"
    for kind, text in lines:
        number += (previous, kind) == ("+", "-")
        yield number, kind, text
        previous = kind


def _styled(kind: str, text: str, words: Sequence[tuple[int, int]]) -> Text:
    line = Text(kind + text, style=LINE_STYLES[kind], tab_size=8)
    for start, end in words:
        line.stylize(WORD_STYLES[kind], start + 1, end + 1)
    return line

"""The right side of the review: the change, why it is made, what it hangs on, and what is refused near it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import HorizontalScroll, VerticalScroll
from textual.widgets import Static

from amigrate.model import Confidence
from amigrate.review.segments import lines_of
from amigrate.review.session import Session, status
from amigrate.review.subject import Item, needed_by, needs, refused_near
from amigrate_cli.render.escape import visible
from amigrate_cli.review.change_text import side_by_side, unified
from amigrate_cli.review.labels import MARKS, STYLES, WORDS

SHOWN = 8  # names of a list
WIDE = 140  # columns from which on both sides fit beside each other


class HunkView(VerticalScroll):
    """Shows one hunk."""

    def compose(self) -> ComposeResult:
        """Three texts below each other; only the code is not wrapped."""
        yield Static(id="why")
        with HorizontalScroll(id="code"):
            yield Static(id="change")
        yield Static(id="around")

    def show(self, session: Session, item: Item | None, beside: bool | None) -> None:
        """Shows a hunk; `beside`: both sides beside each other, None for where there is room."""
        why, change, around = (self.query_one(f"#{name}", Static) for name in ("why", "change", "around"))
        if item is None:
            why.update(Text("No hunk is shown here: Esc ends the search and the filter.", "dim"))
            change.update("")
            around.update("")
            return
        encoding = next(file.encoding for file in session.subject.files if file.path == item.path)
        lines = lines_of(item.hunk, encoding)
        width = max(self.size.width - 2, 40)
        wide = width >= WIDE if beside is None else beside
        why.update(Text("\n").join(_why(session, item)))
        change.update(side_by_side(lines, item.path, width) if wide else unified(lines, item.path))
        around.update(Text("\n").join(_around(session, item)))
        self.scroll_home(animate=False)


def _why(session: Session, item: Item) -> Iterator[Text]:
    now = status(session, item)
    yield Text.assemble((f"{visible(item.path)}:{item.line}", "bold"), f"  {visible(item.symbol)}")
    yield Text(f"{MARKS[now]} {WORDS[now]}", STYLES[now] or "bold")
    for codemod, reason, confidence in item.reasons:
        sure = ("", "") if confidence is Confidence.SAFE else (f"  [{confidence.value}]", "yellow")
        yield Text.assemble((visible(codemod), "magenta"), f": {visible(reason)}", sure)


def _around(session: Session, item: Item) -> Iterator[Text]:
    subject = session.subject
    for group in item.groups[:SHOWN]:
        members = subject.members.get(group, ())
        paths = {subject.items[one].path for one in members}
        size = f"{len(members)} hunk{'s' * (len(members) != 1)} in {len(paths)} file{'s' * (len(paths) != 1)}"
        yield Text.assemble(("Group ", "bold"), visible(group), (f"  {size}, made together or not at all", "dim"))
    if item.follows:
        yield Text("It comes with the hunks that use it, and is not decided on its own.", "dim")
    for title, symbols in (("Needs", needs(subject, item)), ("Needed by", needed_by(subject, item))):
        if symbols:
            more = f" and {len(symbols) - SHOWN} more" if len(symbols) > SHOWN else ""
            yield Text.assemble((f"{title} ", "bold"), ", ".join(map(visible, symbols[:SHOWN])), more)
    refusals = refused_near(subject, item)
    if refusals:
        yield Text("Left alone near here", "bold")
    for refusal in refusals[:SHOWN]:
        yield Text.assemble((f"  line {refusal.line} ", "dim"), visible(refusal.reason))
        if refusal.suggestion:
            yield Text(f"    → {visible(refusal.suggestion)}", "dim")

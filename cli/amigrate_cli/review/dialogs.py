"""Questions and the help, over the review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from amigrate.review.decisions import Verdict
from amigrate.review.session import Fall, Session
from amigrate_cli.render.escape import visible
from amigrate_cli.review.keys import help_text

SHOWN = 30  # hunks that are named


class Dialog(ModalScreen[bool]):
    """A text with an answer: true for Enter or y, false for Escape or n."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "answer(True)", "yes"),
        ("y", "answer(True)", "yes"),
        ("escape", "answer(False)", "no"),
        ("n", "answer(False)", "no"),
        ("q", "answer(False)", "no"),
    ]

    def __init__(self, text: Text) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        """The text in a box that scrolls."""
        with VerticalScroll(id="dialog"):
            yield Static(self.text)

    def action_answer(self, answer: bool) -> None:
        """Closes the dialog."""
        self.dismiss(answer)


def help_dialog() -> Dialog:
    """All keys."""
    return Dialog(Text.assemble(("Keys\n\n", "bold"), help_text(), ("\n\nEsc closes this", "dim")))


def fall_dialog(session: Session, fall: Fall) -> Dialog:
    """Asks whether to reject a hunk with all that falls with it."""
    return Dialog(Text("\n").join(_fall(session, fall)))


def back_dialog(session: Session) -> Dialog:
    """Asks whether to take back the rejections that were planned around."""
    rejected = [one for one in session.held if one.verdict is Verdict.REJECTED]
    lines = [Text("What was rejected, and planned around", "bold"), Text("")]
    lines += [Text.assemble(f"  {visible(one.symbol)} ", (visible(one.before), "dim")) for one in rejected[:SHOWN]]
    if len(rejected) > SHOWN:
        lines.append(Text(f"  and {len(rejected) - SHOWN} more", "dim"))
    lines.append(Text.assemble("\n", ("Enter", "bold"), " takes it all back and plans again, ", ("Esc", "bold"), " no"))
    return Dialog(Text("\n").join(lines))


def _fall(session: Session, fall: Fall) -> Iterator[Text]:
    items = [session.subject.items[one] for one in fall.items]
    files = f"{len(fall.paths)} file{'s' * (len(fall.paths) != 1)}"
    yield Text(f"With this hunk fall {len(items)} other{'s' * (len(items) != 1)} in {files}", "bold")
    if fall.accepted:
        yield Text(f"{fall.accepted} of them are accepted now", "yellow")
    yield Text("They work only together: a group is made as a whole or not at all.\n", "dim")
    for item in items[:SHOWN]:
        what = visible(item.symbol) or " ".join(map(visible, item.codemods))
        yield Text.assemble(f"  {visible(item.path)}:{item.line} ", (what, "dim"))
    if len(items) > SHOWN:
        yield Text(f"  and {len(items) - SHOWN} more", "dim")
    yield Text("\nP plans the rest of them again without it, afterwards.", "dim")
    yield Text.assemble("\n", ("Enter", "bold"), " rejects them all, ", ("Esc", "bold"), " leaves everything as it is")

"""Short texts of the review: marks of states, labels of the tree, the line of counts."""

from __future__ import annotations

from rich.text import Text

from amigrate.model import Confidence
from amigrate.review.selecting import Counts
from amigrate.review.session import Status
from amigrate.review.subject import Item
from amigrate_cli.render.escape import visible

MARKS = {Status.PENDING: "·", Status.ACCEPTED: "✓", Status.REJECTED: "✗", Status.FALLEN: "↓"}
STYLES = {Status.PENDING: "", Status.ACCEPTED: "green", Status.REJECTED: "bold red", Status.FALLEN: "red"}
WORDS = {
    Status.PENDING: "undecided",
    Status.ACCEPTED: "accepted",
    Status.REJECTED: "rejected",
    Status.FALLEN: "falls with its group",
}


def item_label(item: Item, now: Status, *, with_path: bool) -> Text:
    """A hunk in the tree."""
    place = f"{visible(item.path)}:{item.line}" if with_path else str(item.line)
    what = visible(item.symbol.rpartition(".")[2]) or ("comes with others" if item.follows else "")
    sure = "" if item.confidence is Confidence.SAFE else " ?"
    codemods = " ".join(map(visible, item.codemods))
    return Text.assemble((f"{MARKS[now]} {place} {what}", STYLES[now]), (f" {codemods}", "dim"), (sure, "yellow"))


def branch_label(name: str, found: Counts) -> Text:
    """A file or a group in the tree, with how many of its hunks are decided."""
    done = found.total - found.pending
    all_accepted = found.total and found.accepted == found.total
    style = "green" if all_accepted else "" if found.pending else "dim"
    return Text.assemble((visible(name), style), (f"  {done}/{found.total}", "dim"))


def counts_line(found: Counts, extra: str) -> Text:
    """The state of the whole review."""
    parts = [
        (f"{found.accepted} accepted", STYLES[Status.ACCEPTED]),
        (f"{found.rejected} rejected", STYLES[Status.REJECTED]),
        (f"{found.fallen} fall with them", STYLES[Status.FALLEN]),
        (f"{found.pending} undecided of {found.total}", "bold"),
    ]
    line = Text("  ")
    for text, style in parts:
        line.append(text, style)
        line.append("   ")
    return line.append(visible(extra), "dim")

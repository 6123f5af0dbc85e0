"""The keys of the review, in one place: the footer and the help are made from them."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Key(NamedTuple):
    """A key with the action that it starts; `shown` in the footer, the others only in the help."""

    key: str
    action: str
    text: str
    help: str
    shown: bool = False


KEYS = (
    Key("a", "accept", "accept", "accept this hunk and go to the next undecided one", True),
    Key("r", "reject", "reject", "reject this hunk, and with it its group; shows first what else falls", True),
    Key("u", "undo", "undo", "take the last decision back", True),
    Key("n", "next_open", "next", "go to the next undecided hunk", True),
    Key("slash", "search", "search", "search in paths, symbols, codemods, reasons and changed lines", True),
    Key("f", "filter", "filter", "show all hunks, or only those of one state", True),
    Key("question_mark", "show_help", "help", "show this help", True),
    Key("q", "quit", "quit", "end; every decision is saved already", True),
    Key("C", "accept_rest('codemod')", "rest of codemod", "accept the rest of this codemod", True),
    Key("F", "accept_rest('file')", "rest of file", "accept the rest of this file", True),
    Key("S", "accept_rest('confidence')", "rest as sure", "accept the rest that is as sure as this", True),
    Key("G", "accept_rest('group')", "rest of group", "accept the rest of this group"),
    Key("c", "clear", "clear", "leave this hunk undecided again"),
    Key("p", "previous_open", "previous", "go to the undecided hunk before"),
    Key("escape", "show_all", "show all", "end the search and the filter"),
    Key("g", "arrange", "arrange", "arrange the tree by file or by group"),
    Key("v", "view", "side by side", "show the change side by side or in one column"),
    Key("P", "plan_again", "plan again", "plan again without what is rejected: the rest of fallen groups otherwise"),
    Key("D", "take_back", "take back", "take back the rejections that were planned around, and plan again"),
    Key("d", "drop_stale", "drop stale", "forget the decisions on edits that are gone"),
)

BINDINGS: list[BindingType] = [Binding(one.key, one.action, one.text, show=one.shown) for one in KEYS]

_NAMES = {"slash": "/", "question_mark": "?", "escape": "Esc"}


def help_text() -> str:
    """A line for each key."""
    lines = (f"{_NAMES.get(one.key, one.key):>4}  {one.help}" for one in KEYS)
    return "\n".join((*lines, "   ↑↓  move in the tree, PageUp and PageDown scroll the change, Tab goes to it"))

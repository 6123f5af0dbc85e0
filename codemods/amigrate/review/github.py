"""A change set as GitHub annotations: workflow commands that a job prints, and GitHub shows beside the lines.

GitHub shows the first ten of each level for a step, so what failed comes first, then what nobody is sure of.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.model import ChangeSet, Confidence, Edit
from amigrate.review.report import plain


def github_annotations(change_set: ChangeSet) -> bytes:
    """The commands, a line each."""
    return "".join(f"{line}\n" for line in _lines(change_set)).encode()


def _lines(change_set: ChangeSet) -> Iterator[str]:
    for failure in change_set.failures:
        yield _command("error", failure.path, 0, 0, "amigrate failed", failure.reason)
    for edit in sorted(change_set.edits, key=lambda edit: -edit.confidence.rank):
        level = "notice" if edit.confidence is Confidence.SAFE else "warning"
        yield _command(level, edit.path, edit.line, edit.end_line, edit.codemod, _message(edit))
    for refusal in change_set.refusals:
        text = f"{refusal.reason}\n{refusal.suggestion}".strip()
        yield _command("notice", refusal.path, refusal.line, refusal.line, f"left alone: {refusal.codemod}", text)


def _message(edit: Edit) -> str:
    return f"{edit.reason}\n- {edit.before}\n+ {edit.after}"


def _command(level: str, path: str, line: int, end: int, title: str, message: str) -> str:
    place = {"file": path, **({"line": str(line), "endLine": str(max(line, end))} if line else {}), "title": title}
    return f"::{level} {','.join(f'{key}={_property(value)}' for key, value in place.items())}::{_data(message)}"


def _data(text: str) -> str:
    """Text that cannot end the line, and so not begin a command of its own."""
    escaped = plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(one if one.isprintable() or one == "\t" else f"\\u{ord(one):04x}" for one in escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

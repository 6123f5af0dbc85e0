"""The message of a commit: what and why, how much, and how it was checked."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from amigrate.model import ChangeSet
from amigrate_cli.git.commits import Commit

if TYPE_CHECKING:
    from amigrate.codemod import Metadata

WIDTH = 72


def commit_message(commit: Commit, change_set: ChangeSet, codemods: Mapping[str, Metadata]) -> str:
    """The message of `commit`, a part of `change_set`."""
    about = codemods.get(commit.name if commit.name in codemods or len(commit.leads) != 1 else commit.leads[0])
    title = f"amigrate: {commit.name}"
    paragraphs = _each(commit, codemods)
    if about is not None:
        paragraphs = [_filled(about.why)]
        title = f"{title}: {about.summary.rstrip('.')}"
        if len(title) > WIDTH:
            title = textwrap.shorten(title, WIDTH, placeholder=" ...")
            paragraphs.insert(0, _filled(about.summary))
    return "\n\n".join([title, *filter(None, paragraphs), _counts(commit), _checks(change_set)]) + "\n"


def _each(commit: Commit, codemods: Mapping[str, Metadata]) -> list[str]:
    abouts = [codemods[lead] for lead in commit.leads if lead in codemods]
    return [_filled(f"{about.id}: {about.summary} {about.why}") for about in abouts]


def _counts(commit: Commit) -> str:
    functions = len({edit.symbol for edit in commit.edits if edit.symbol})
    files = len(commit.files)
    parts = [_count(len(commit.edits), "edit"), _count(commit.groups, "group"), _count(functions, "function")]
    lines = [_filled(f"{parts[0]} in {parts[1]}, in {parts[2]} of {_count(files, 'file')}.")]
    others = Counter(edit.codemod for edit in commit.edits)
    if set(others) != {commit.name}:
        lines += [f"  {codemod}: {count}" for codemod, count in sorted(others.items())]
    return "\n".join(lines)


def _checks(change_set: ChangeSet) -> str:
    python = f" under Python {change_set.python}" if change_set.python else ""
    django = f" Written for Django {change_set.django}." if change_set.django else ""
    return _filled(
        f"Checked: each file compiles{python} and differs only inside the edits, each call of a function that became "
        f"async is awaited, and a second run changes nothing.{django}"
    )


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"

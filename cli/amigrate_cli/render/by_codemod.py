"""The changes below the codemods that make them."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from rich.console import Console
from rich.text import Text

from amigrate.model import ChangeSet
from amigrate.review.subject import Item, subject_of
from amigrate_cli.render.diff import print_hunk
from amigrate_cli.render.escape import visible


def print_by_codemod(console: Console, change_set: ChangeSet, *, side_by_side: bool) -> None:
    """Prints each hunk once, below the codemod of its first edit, the codemod with the most hunks first."""
    subject = subject_of(change_set)
    encodings = {file.path: file.encoding for file in subject.files}
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for item in subject.items.values():
        found[item.codemods[0]].append(item)
    for codemod, items in sorted(found.items(), key=lambda pair: -len(pair[1])):
        count = f"  {len(items)} hunk{'s' * (len(items) != 1)}"
        console.print(Text.assemble((visible(codemod), "bold magenta"), (count, "dim")), soft_wrap=True)
        for path, run in groupby(items, key=lambda item: item.path):
            console.print(Text(visible(path), style="bold"), soft_wrap=True)
            for item in run:
                if not console.quiet:
                    print_hunk(console, item.hunk, encodings[path], side_by_side=side_by_side)
        console.print()

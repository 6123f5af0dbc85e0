"""Small change sets to decide on: lines of files that edits of named groups change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from amigrate.model import ChangeSet, Confidence, FileChange, Group, Refusal
from amigrate.rewrite.edits import Draft, to_edits

Change = tuple[int, str, str]  # line, codemod, group


def change_set(files: Mapping[str, Sequence[Change]], refusals: Sequence[Refusal] = (), lines: int = 60) -> ChangeSet:
    """Files of `lines` lines, on which `old(N)` becomes `new(N)`; of the codemod `beta` nobody is sure."""
    changes = tuple(_file(path, wanted, lines) for path, wanted in files.items())
    edits = [edit for change in changes for edit in change.edits]
    groups = []
    for name in sorted({edit.group for edit in edits}):
        own = [edit for edit in edits if edit.group == name]
        sure = max((edit.confidence for edit in own), key=lambda one: one.rank)
        groups.append(Group(name, own[0].codemod, sure, tuple(sorted({edit.path for edit in own}))))
    return ChangeSet(".", "5.2", "3.12", changes, tuple(groups), tuple(refusals))


def with_needs(changes: ChangeSet, *needs: tuple[str, str]) -> ChangeSet:
    """The change set with these needs in its first group."""
    return replace(changes, groups=(replace(changes.groups[0], needs=needs), *changes.groups[1:]))


def _file(path: str, wanted: Sequence[Change], lines: int) -> FileChange:
    before = [f"line = {number}\n" for number in range(1, lines + 1)]
    after = list(before)
    drafts = []
    for line, codemod, group in wanted:
        before[line - 1], after[line - 1] = f"x = old({line})\n", f"x = new({line})\n"
        symbol = f"{path.removesuffix('.py').replace('/', '.')}.f{line // 10}"
        sure = Confidence.REVIEW if codemod == "beta" else Confidence.SAFE
        texts = (f"old({line})", f"new({line})")
        drafts.append(Draft(codemod, group, symbol, f"{codemod} says so", sure, line, 0, *texts))
    return FileChange(path, "".join(before).encode(), "".join(after).encode(), to_edits(path, drafts))


def ids(changes: ChangeSet) -> list[str]:
    """The ids of all edits in order."""
    return [edit.id for edit in changes.edits]

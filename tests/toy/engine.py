"""The toy engine: `old(...)  # GROUP LEAD` on a line of a .py file becomes `new(...)`, as an edit of that group.

`# refuse REASON` gives a refusal, `# fail REASON` a failure of the file. Files in folders that begin with a dot are not
read. Environment: TOY_TOUCH names a file (relative to the root) that changes right after the run; TOY_SLEEP sleeps;
TOY_ECHO prints the options.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate.model import ChangeSet, Confidence, Edit, Failure, FileChange, Group, Refusal, Summary

if TYPE_CHECKING:
    from amigrate.codemod import Metadata
    from amigrate.pipeline import Progress

EDIT = re.compile(rb"old\((.*?)\)\s*# (\S+) (\S+)")
NOTE = re.compile(rb"# (refuse|fail) ([^\r\n]*)")


def metadata() -> tuple[Metadata, ...]:
    from amigrate.codemod import Metadata

    return (
        Metadata(
            "zeta", "Zeta goes first.", "Because the registry says so.", "Always safe.", ("https://example.org/zeta",)
        ),
        Metadata("alpha", "Alpha goes second.", "Because of its name.", "Needs a look.", when_not="Never on Mondays."),
    )


def run(
    root: Path, options: dict[str, object], progress: Progress | None = None, rejected: tuple[str, ...] = ()
) -> ChangeSet:
    if "TOY_ECHO" in os.environ:
        print(options)
    if "nonsense" in str(options.get("entries")):
        raise ValueError("--entry nonsense: not MODULE:QUALNAME")
    if progress:
        progress("toy", 1, 2)
    changes, refusals, failures, count = [], [], [], 0
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if any(part.startswith(".") for part in Path(name).parts):
            continue
        count += 1
        before = path.read_bytes()
        for found in NOTE.finditer(before):
            kind, text = found[1], found[2].decode("utf-8", "surrogateescape")
            line = before[: found.start()].count(b"\n") + 1
            if kind == b"fail":
                failures.append(Failure(name, text))
            else:
                refusals.append(Refusal(name, line, "toy.symbol", "zeta", text, "do it by hand"))
        if EDIT.search(before):
            changes.append(_change(name, before, None))
    change_set = _with_groups(ChangeSet(".", "5.2", "3.12", tuple(changes), (), tuple(refusals), tuple(failures)))
    time.sleep(float(os.environ.get("TOY_SLEEP", "0")))
    if touched := os.environ.get("TOY_TOUCH"):
        with (root / touched).open("ab") as file:
            file.write(b"# changed meanwhile\n")
    return replace(change_set, summary=Summary(count, len(change_set.groups), 0.25))


def only_groups(change_set: ChangeSet, groups: frozenset[str]) -> ChangeSet:
    changes = (_change(change.path, change.before, groups) for change in change_set.changes)
    return _with_groups(replace(change_set, changes=tuple(change for change in changes if change.edits)))


def _change(name: str, before: bytes, groups: frozenset[str] | None) -> FileChange:
    edits: list[Edit] = []

    def rewrite(found: re.Match[bytes]) -> bytes:
        group, lead = found[2].decode(), found[3].decode()
        if groups is not None and group not in groups:
            return found[0]
        line = before[: found.start()].count(b"\n") + 1
        after = b"new" + found[0][3:]
        texts = (found[0].decode("utf-8", "surrogateescape"), after.decode("utf-8", "surrogateescape"))
        sure = Confidence.REVIEW if lead == "alpha" else Confidence.SAFE
        reason = f"{lead} wants new"
        edits.append(Edit(f"{name}:{line}", name, lead, group, f"toy.{group}", line, line, *texts, reason, sure))
        return after

    return FileChange(name, before, EDIT.sub(rewrite, before), tuple(edits))


def _with_groups(change_set: ChangeSet) -> ChangeSet:
    groups = {}
    for edit in change_set.edits:
        paths = sorted({one.path for one in change_set.edits if one.group == edit.group})
        groups[edit.group] = Group(edit.group, edit.codemod, edit.confidence, tuple(paths))
    return replace(change_set, groups=tuple(groups[name] for name in sorted(groups)))

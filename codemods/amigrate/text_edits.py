"""Edits of files without sites: templates, settings, requirements. They come and go with the groups they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from amigrate.model import ChangeSet, Edit, FileChange, TextEdit

if TYPE_CHECKING:
    from amigrate.rewrite.edits import Draft


def with_texts(change_set: ChangeSet, edits: Sequence[TextEdit], sources: Mapping[str, bytes]) -> ChangeSet:
    """The change set with those of `edits` whose groups it has.

    Args:
        change_set: the changes so far, with all its groups. None of their files has an edit here.
        edits: edits of a file do not overlap.
        sources: the bytes that the edits were found in.
    """
    present = {group.id for group in change_set.groups}
    wanted = [edit for edit in edits if not present.isdisjoint(edit.groups)]
    by_path: dict[str, list[TextEdit]] = {}
    for edit in sorted(wanted, key=lambda edit: (edit.path, edit.start, edit.end)):
        by_path.setdefault(edit.path, []).append(edit)
    changes = [*change_set.changes, *(_change(path, sources[path], found, present) for path, found in by_path.items())]
    paths: dict[str, set[str]] = {}
    for edit in wanted:
        for group in edit.groups:
            paths.setdefault(group, set()).add(edit.path)
    groups = (  # a group stands and falls with all of its files
        replace(group, paths=tuple(sorted({*group.paths, *paths.get(group.id, ())}))) for group in change_set.groups
    )
    return replace(
        change_set,
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        groups=tuple(groups),
        texts=(*change_set.texts, *wanted),
    )


def _change(path: str, before: bytes, edits: Sequence[TextEdit], present: set[str]) -> FileChange:
    parts, at = [], 0
    for edit in edits:
        parts += [before[at : edit.start], edit.after]
        at = edit.end
    return FileChange(path, before, b"".join((*parts, before[at:])), _shown(path, before, edits, present))


def _shown(path: str, before: bytes, edits: Sequence[TextEdit], present: set[str]) -> tuple[Edit, ...]:
    from amigrate.rewrite.edits import to_edits  # brings LibCST

    drafts = (_draft(before, edit, next(group for group in edit.groups if group in present)) for edit in edits)
    return to_edits(path, list(drafts))


def _draft(before: bytes, edit: TextEdit, group: str) -> Draft:
    """An insertion stands on the line that it comes after."""
    from amigrate.rewrite.edits import Draft

    old = before[edit.start : edit.end]
    line = before.count(b"\n", 0, edit.start if old else max(edit.start - 1, 0)) + 1
    column = edit.start - (before.rfind(b"\n", 0, edit.start) + 1)
    old_text, new_text = (text.decode("utf-8", "replace").strip() for text in (old, edit.after))
    return Draft(edit.codemod, group, "", edit.reason, edit.confidence, line, column, old_text, new_text, edit.follows)

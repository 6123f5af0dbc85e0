"""Writing a change set into the files of the project."""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from dataclasses import replace
from pathlib import Path

from amigrate.model import ChangeSet, Failure
from amigrate_cli.deliver import record
from amigrate_cli.deliver.atomic import Replacement, RestoreError, WriteError, current_bytes, replace_files
from amigrate_cli.deliver.interrupts import Interrupted, held_interrupts
from amigrate_cli.errors import FAILED, INTERRUPTED, Stop

SelectGroups = Callable[[ChangeSet, frozenset[str]], ChangeSet]


def without_stale(root: Path, change_set: ChangeSet, select_groups: SelectGroups) -> ChangeSet:
    """`change_set` without the groups of files that are no longer what was read; each such file is a failure."""
    stale: dict[str, str] = {}
    for change in change_set.changes:
        try:
            if current_bytes(root, change.path) != change.before:
                stale[change.path] = "changed while amigrate was running and was left alone; run it again"
        except WriteError as error:
            stale[change.path] = str(error).removeprefix(f"{change.path}: ")
    rest, left, added = change_set, frozenset(edit.group for edit in change_set.edits), dict(stale)
    while added:
        left -= _groups_in(change_set, added)
        rest = select_groups(change_set, left)
        # A file that cannot be rewritten without the others goes as well, with all groups in it.
        odd = (one for one in rest.failures if one not in change_set.failures)
        added = {one.path: one.reason for one in odd if one.path not in stale}
        stale |= added
    failures = (*change_set.failures, *(Failure(path, reason) for path, reason in stale.items()))
    return replace(rest, failures=failures)


def _groups_in(change_set: ChangeSet, paths: Container[str]) -> set[str]:
    in_edits = {edit.group for edit in change_set.edits if edit.path in paths}
    return in_edits | {group.id for group in change_set.groups if any(path in paths for path in group.paths)}


def write_in_place(root: Path, change_set: ChangeSet, record_folder: Path, prefix: str) -> None:
    """Writes all changes or none, and keeps in `record_folder` what `undo` needs.

    Raises:
        Stop: a file could not be written, or the user interrupted; every file is as it was.
    """
    replacements = [Replacement(change.path, change.before, change.after) for change in change_set.changes]
    if not replacements:
        return
    kept = False

    def keep() -> None:
        nonlocal kept
        record.keep_files(record_folder, prefix, replacements)
        kept = True

    with held_interrupts() as held:
        try:
            replace_files(root, replacements, held, keep)
        except RestoreError as error:
            raise Stop(f"{error}\nTheir bytes are kept: `amigrate undo` brings them back", FAILED) from error
        except (WriteError, record.RecordError, OSError, Interrupted) as error:
            if kept:
                record.forget(record_folder)
            raise _nothing_changed(error, record_folder) from error


def _nothing_changed(error: Exception, record_folder: Path) -> Stop:
    if isinstance(error, Interrupted):
        return Stop("interrupted; no file was changed", INTERRUPTED)
    if isinstance(error, OSError):  # files of the project raise WriteError: this is the record
        error = record.RecordError(f"{record_folder}: the record for undo: {os.strerror(error.errno or 0)}")
    return Stop(f"{error}\nNo file was changed", FAILED)

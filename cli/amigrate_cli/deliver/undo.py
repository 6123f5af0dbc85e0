"""Taking files that were written in place back to their bytes before."""

from __future__ import annotations

from pathlib import Path

from amigrate_cli.deliver import record
from amigrate_cli.deliver.atomic import Replacement, WriteError, current_bytes, replace_files
from amigrate_cli.deliver.interrupts import Interrupted, held_interrupts
from amigrate_cli.errors import FAILED, INTERRUPTED, USAGE, Stop


def restore_files(root: Path, folder: Path, last: record.InPlaceRecord) -> int:
    """Restores all files of `last`, or none; gives their number and forgets the record.

    Files that hold their bytes before already, as after a run that was killed, are fine.

    Raises:
        Stop: a file changed since, or cannot be written, or the user interrupted; no file was restored.
    """
    replacements = _replacements(root, folder, last)
    with held_interrupts() as held:
        try:
            replace_files(root, replacements, held, lambda: None)
        except WriteError as error:
            raise Stop(f"{error}\nNo file was restored", FAILED) from error
        except Interrupted:
            raise Stop("interrupted; no file was restored", INTERRUPTED) from None
        record.forget(folder)
    return len(replacements)


def _replacements(root: Path, folder: Path, last: record.InPlaceRecord) -> list[Replacement]:
    found, problems = [], []
    for file in last.files:
        try:
            now = current_bytes(root, file.path)
            if record.digest(now) == file.after:
                found.append(Replacement(file.path, now, record.saved_bytes(folder, last, file)))
            elif record.digest(now) != file.before:
                problems.append(f"{file.path}: changed since; undo would lose that")
        except (WriteError, record.RecordError) as error:
            problems.append(str(error))
    if problems:
        raise Stop("\n".join([*problems, "No file was restored; use your version control for these"]), USAGE)
    return found

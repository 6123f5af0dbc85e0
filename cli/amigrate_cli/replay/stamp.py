"""What a preview depends on besides its command line: the project as it lies on the disk, and our code."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path
from stat import S_ISLNK

import amigrate_cli
from amigrate.git_files import git_files
from amigrate.own_code import own_code
from amigrate.skipping import SKIPPED_FOLDERS, is_foreign

_MOST = 30_000  # entries: to look at more of them takes longer than it saves
_SECOND = 10**9
_SETTLED = 50_000_000  # ns: in so short a time a file system may give two changes the same time
_ABOVE = ("pyproject.toml", ".git/config", ".git/info/exclude", ".gitignore")
_Entry = tuple[str, int, int, int, str]


def stamp(root: Path, *, settled: bool = False) -> str | None:
    """Differs when a file of the project, its place or amigrate itself has changed; None when that cannot be told.

    Files are told apart as git does: by size, inode and times, of which that of the last change of any kind cannot be
    set by a program. A stamp that is kept has to be `settled`: a change in the same moment would not show.
    """
    found = _entries(str(root))
    if found is None or (settled and not all(_is_settled(entry[2], time.time_ns()) for entry in found)):
        return None
    above = [_entry(str(folder / name)) for folder in (root, *root.parents) for name in _ABOVE]
    listed = git_files(root)
    installed = [_entry(folder) for folder in sys.path]
    own = own_code(), own_code(Path(amigrate_cli.__file__).parent)
    everything = repr((str(root), sorted(found), above, listed, installed, own))
    return hashlib.sha256(everything.encode("utf-8", "surrogateescape")).hexdigest()


def _entries(root: str) -> list[_Entry] | None:
    """All files and links below a folder that may be of the project; None when there are too many of them."""
    found: list[_Entry] = []
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as scan:
                entries = list(scan)
        except OSError:
            return None
        if folder != root and is_foreign(folder, {entry.name for entry in entries}):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED_FOLDERS:
                    pending.append(entry.path)
            elif (known := _entry(entry.path)) is not None:
                found.append(known)
        if len(found) + len(pending) > _MOST:
            return None
    return found


def _entry(path: str) -> _Entry | None:
    try:
        status = os.lstat(path)
        target = os.path.realpath(path) if S_ISLNK(status.st_mode) else ""
    except OSError:
        return None
    return path, status.st_mtime_ns, status.st_ctime_ns, status.st_size, f"{status.st_ino} {target}"


def _is_settled(changed: int, now: int) -> bool:
    """Whether what changes from now on gets another time; some file systems count whole seconds, or two of them."""
    return changed < now - (_SETTLED if changed % _SECOND else 2 * _SECOND)

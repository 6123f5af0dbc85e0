"""What `undo` needs: a record of the last apply, and for files written in place their bytes before.

The record lies in the repository's git directory or, outside git, in the project's cache folder. It is in place before
the first file changes, so that even a run that was killed can be undone.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from amigrate_cli.deliver.atomic import Replacement
from amigrate_cli.deliver.places import mark_cache_folder
from amigrate_cli.deliver.whole import write_new, write_whole

SCHEMA = "amigrate.undo/1"
FILE = "undo.json"


class RecordError(Exception):
    """The record cannot be read or kept; the message names it."""


@dataclass(frozen=True, slots=True)
class BranchRecord:
    """A branch that was made: its name and tip, and where the user was."""

    branch: str
    tip: str
    base_branch: str
    base: str


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file written in place: digests of its bytes before and after, and the name of what keeps the former."""

    path: str
    before: str
    after: str
    saved: str


@dataclass(frozen=True, slots=True)
class InPlaceRecord:
    """Files written in place. `prefix` leads from the top of the repository to the project; `folder` has the bytes."""

    prefix: str
    folder: str
    files: tuple[SavedFile, ...]


def digest(data: bytes) -> str:
    """How the record names bytes."""
    return sha256(data).hexdigest()


def keep_branch(folder: Path, record: BranchRecord) -> None:
    """Makes `record` the one that `undo` takes back."""
    _store(folder, {"kind": "branch", **asdict(record)}, keep="")


def keep_files(folder: Path, prefix: str, replacements: Sequence[Replacement]) -> None:
    """Keeps the bytes before of all files, and makes that what `undo` takes back."""
    saved_in = f"before-{secrets.token_hex(4)}"
    _own_folder(folder)
    (folder / saved_in).mkdir()
    files = []
    for number, one in enumerate(replacements):
        write_new(folder / saved_in / str(number), one.before)
        files.append(SavedFile(one.path, digest(one.before), digest(one.after), str(number)))
    record = InPlaceRecord(prefix, saved_in, tuple(files))
    _store(folder, {"kind": "in-place", **asdict(record)}, keep=saved_in)


def load(folder: Path) -> BranchRecord | InPlaceRecord | None:
    """The record of the last apply; None when there is none.

    Raises:
        RecordError: it cannot be read, or is not one of ours.
    """
    path = folder / FILE
    if not path.exists() or folder.is_symlink():
        return None
    try:
        match json.loads(path.read_bytes()):
            case {"schema": "amigrate.undo/1", "kind": "branch", "branch": str(branch), "tip": str(tip), **rest}:
                return BranchRecord(branch, tip, str(rest["base_branch"]), str(rest["base"]))
            case {"schema": "amigrate.undo/1", "kind": "in-place", "prefix": str(prefix), "folder": str(name), **rest}:
                return InPlaceRecord(prefix, Path(name).name, _saved_files(rest["files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path}: cannot be read: {error}") from error
    raise RecordError(f"{path}: not a record of this version of amigrate")


def saved_bytes(folder: Path, record: InPlaceRecord, file: SavedFile) -> bytes:
    """The bytes that `file` held before.

    Raises:
        RecordError: they are gone or not the same.
    """
    path = folder / record.folder / file.saved
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: {os.strerror(error.errno or 0)}") from error
    if digest(data) != file.before:
        raise RecordError(f"{path}: is not what {file.path} held before")
    return data


def forget(folder: Path) -> None:
    """Removes the record and the bytes it kept."""
    (folder / FILE).unlink(missing_ok=True)
    _clear(folder, keep="")


def _saved_files(data: object) -> tuple[SavedFile, ...]:
    if not isinstance(data, list):
        raise TypeError("files must be a list")
    # A number names the file that keeps the bytes, so that no record can lead elsewhere.
    return tuple(SavedFile(str(one["path"]), one["before"], one["after"], str(int(one["saved"]))) for one in data)


def _store(folder: Path, data: dict[str, object], keep: str) -> None:
    _own_folder(folder)
    write_whole(folder / FILE, json.dumps({"schema": SCHEMA, **data}, indent=2).encode() + b"\n")
    _clear(folder, keep)


def _clear(folder: Path, keep: str) -> None:
    for old in folder.glob("before-*"):
        if old.name != keep and not old.is_symlink():
            shutil.rmtree(old, ignore_errors=True)


def _own_folder(folder: Path) -> None:
    for one in (folder.parent, folder):
        if one.is_symlink():
            raise RecordError(f"{one}: is a symbolic link; remove it, amigrate keeps its record for undo there")
    folder.mkdir(parents=True, exist_ok=True)
    mark_cache_folder(folder)

"""Replacing the bytes of many files: all of them or none, and never half a file."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from amigrate_cli.deliver.interrupts import Held


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file, relative to the root with `/`, that holds `before` and is to hold `after`."""

    path: str
    before: bytes
    after: bytes


class WriteError(Exception):
    """A file cannot be replaced. The message is one line with the file and the remedy."""


class RestoreError(WriteError):
    """After another error, these files could not be given back their bytes."""


def replace_files(root: Path, replacements: Sequence[Replacement], held: Held, ready: Callable[[], None]) -> None:
    """Replaces all files or none.

    All new files are first written beside the old ones and reach the disk; only then the old ones are replaced, each in
    one step. `ready` is called in between. Mode bits and, where possible, the owner are kept.

    Raises:
        WriteError: a file is not as expected or cannot be written; every file is as it was.
        RestoreError: that, and some file could not be restored.
        Interrupted: a signal came; every file is as it was.
    """
    written: list[tuple[Path, Replacement]] = []
    done: list[Replacement] = []
    try:
        for one in replacements:
            held.check()
            written.append((_write_beside(root, one), one))
        ready()
        for temporary, one in written:
            held.check()
            _replace(root, temporary, one)
            done.append(one)
    except BaseException:
        _restore(root, done)
        raise
    finally:
        for temporary, _ in written[len(done) :]:
            temporary.unlink(missing_ok=True)


def current_bytes(root: Path, path: str) -> bytes:
    """What the file holds now.

    Raises:
        WriteError: it is gone, cannot be read, or is a symbolic link or lies behind one that leads out of the root.
    """
    try:
        return _target(root, path).read_bytes()
    except OSError as error:
        raise _write_error(path, error) from error


def _target(root: Path, path: str) -> Path:
    target = root / path
    folder = target.parent.resolve()
    if folder != root.resolve() and root.resolve() not in folder.parents:
        raise WriteError(f"{path}: lies outside the project; nothing there is written")
    if target.is_symlink():
        raise WriteError(f"{path}: is a symbolic link, which amigrate does not write through; exclude it")
    return target


def _write_beside(root: Path, one: Replacement) -> Path:
    """The temporary file that holds `one.after`, in the folder of the file it will replace."""
    target = _target(root, one.path)
    temporary = target.with_name(f".amigrate-{secrets.token_hex(6)}.tmp")
    try:
        _expect_before(root, one)
        if not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "not writable")
        now = target.stat()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(one.after)
            file.flush()
            if hasattr(os, "fchown"):
                with contextlib.suppress(OSError):  # only root may give files away
                    os.fchown(descriptor, now.st_uid, now.st_gid)
            temporary.chmod(stat.S_IMODE(now.st_mode))
            os.fsync(descriptor)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        raise _write_error(one.path, error) if isinstance(error, OSError) else error from error
    return temporary


def _replace(root: Path, temporary: Path, one: Replacement) -> None:
    _expect_before(root, one)
    try:
        temporary.replace(_target(root, one.path))
    except OSError as error:
        raise _write_error(one.path, error) from error


def _expect_before(root: Path, one: Replacement) -> None:
    if current_bytes(root, one.path) != one.before:
        raise WriteError(f"{one.path}: changed while amigrate was running; run it again")


def _restore(root: Path, done: Sequence[Replacement]) -> None:
    lost = []
    for one in done:
        try:
            backwards = Replacement(one.path, one.after, one.before)
            _replace(root, _write_beside(root, backwards), backwards)
        except WriteError as error:
            lost.append(str(error))
    if lost:
        raise RestoreError("could not be restored: " + "; ".join(lost))


_REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EACCES: "make it and its folder writable",
    errno.EPERM: "make it and its folder writable",
    errno.EROFS: "make it and its folder writable",
    errno.ENOENT: "it was there a moment ago",
}


def _write_error(path: str, error: OSError) -> WriteError:
    number = error.errno or 0
    return WriteError(f"{path}: {os.strerror(number)}; {_REMEDIES.get(number, 'look at the file')} and run again")

"""The regular files of a project, without following a symbolic link and without leaving its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from amigrate.discover.ignore import Selection, selection
from amigrate.model import Failure
from amigrate.skipping import SKIPPED_FOLDERS, is_foreign

_REPORTED_LINKS = (".py", ".html", ".jinja", ".jinja2")


@dataclass(frozen=True, slots=True)
class Listing:
    """The files found, sorted, as paths relative to the root; and the places that could not be looked at."""

    paths: tuple[str, ...]
    failures: tuple[Failure, ...]


def list_files(root: Path) -> Listing:
    """All regular files that belong to the project at `root`, an absolute and resolved path.

    Virtual environments, caches, build results and installed packages are left out. A link out of the tree, a folder
    that cannot be listed and a name that is no Unicode become failures; a link within the tree is skipped, since its
    target is found by itself.
    """
    chosen = selection(root)
    paths: list[str] = []
    failures: list[Failure] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(f"{root}/{folder}") as scan:
                entries = list(scan)
        except OSError as error:
            reason = f"the folder cannot be listed: {error.strerror}; check its permissions"
            failures.append(Failure(_printable(folder) or ".", reason))
            continue
        names = {entry.name for entry in entries}
        if folder and is_foreign(folder, names):
            continue
        chosen.enter(folder, names)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            match _judge(entry, path, root, chosen):
                case "folder":
                    pending.append(path)
                case "file":
                    paths.append(path)
                case Failure() as failure:
                    failures.append(failure)
    return Listing(tuple(sorted(paths)), tuple(sorted(failures, key=lambda failure: failure.path)))


def read_inside(root: Path, path: str, limit: int = 50_000_000) -> bytes:
    """The content of `root / path`, or b"" when it is missing, too large, no regular file, or outside `root`."""
    try:
        target = (root / path).resolve()
        if not target.is_relative_to(root) or not target.is_file() or target.stat().st_size > limit:
            return b""
        return target.read_bytes()
    except (OSError, ValueError, RuntimeError):  # ValueError: a null byte in the name; RuntimeError: a loop of links
        return b""


def _judge(
    entry: os.DirEntry[str], path: str, root: Path, chosen: Selection
) -> Literal["folder", "file"] | Failure | None:
    """What one entry of a folder is: a folder to go into, a file of the project, a failure, or none of these."""
    if entry.name in SKIPPED_FOLDERS:
        return None
    if entry.is_dir(follow_symlinks=False):
        installed = entry.name.endswith((".egg-info", ".egg", ".dist-info"))
        return "folder" if not installed and chosen.keeps(path, folder=True) else None
    if not chosen.keeps(path, folder=False):
        return None
    if entry.is_symlink():
        reason = _why_link_matters(entry, root)
    elif not _is_unicode(path):
        reason = "the file name is not valid UTF-8: rename the file" if path.endswith(".py") else ""
    elif entry.is_file(follow_symlinks=False):
        return "file"
    else:
        reason = "not a regular file: remove or exclude it" if path.endswith(".py") else ""
    return Failure(_printable(path), reason) if reason else None


def _why_link_matters(entry: os.DirEntry[str], root: Path) -> str:
    """Why a symbolic link must be reported, or "" when nothing is lost by skipping it."""
    target = Path(os.path.realpath(entry.path))  # Path.resolve would raise on a loop of links
    if not os.path.lexists(target) or target.is_symlink():
        return "a broken symbolic link: remove or repair it" if entry.name.endswith(".py") else ""
    if target.is_relative_to(root) or not (entry.name.endswith(_REPORTED_LINKS) or target.is_dir()):
        return ""
    return (
        f"a symbolic link out of the project, to {_printable(str(target))}: not followed; run on that folder by itself"
    )


def _is_unicode(path: str) -> bool:
    return path.isascii() or not any("\udc80" <= character <= "\udcff" for character in path)


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()

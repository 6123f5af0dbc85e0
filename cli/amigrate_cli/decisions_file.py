"""The file of decisions: where it lies, reading it, and writing it in one step."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate_cli.errors import FAILED, Stop

if TYPE_CHECKING:
    from amigrate.review.decisions import Decision

DEFAULT = ".amigrate/decisions.toml"


def decisions_path(root: Path, given: Path | None) -> Path:
    """The file that was asked for, or that of the project.

    Raises:
        Stop: that of the project is a symbolic link, or lies behind one.
    """
    if given:
        return given
    path = root / DEFAULT
    if path.is_symlink() or path.parent.is_symlink():
        raise Stop(f"{path}: is, or lies behind, a symbolic link, which amigrate does not follow; use --decisions FILE")
    return path


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """The decisions in a file.

    Raises:
        Stop: it cannot be read, or is no file of decisions.
    """
    from amigrate.review.decisions import DecisionsError, parse

    try:
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise Stop(f"{path}: {os.strerror(error.errno or 0)}; `amigrate review` writes such a file") from error
    except DecisionsError as error:
        raise Stop(str(error)) from error


def write_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Replaces the file by one with these decisions; a reader sees the old or the new one, never a part.

    Raises:
        Stop: it cannot be written.
    """
    from amigrate.review.decisions import dump

    temporary = path.with_name(f".amigrate-{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(dump(decisions))
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise Stop(f"{path}: {os.strerror(error.errno or 0)}; nothing was saved there", FAILED) from error


def keeping(path: Path) -> Callable[[Iterable[Decision]], None]:
    """`write_decisions` for one review, to be called after each step.

    What another review or an editor has written into the file since then is not overwritten: that raises Stop, too.
    """
    seen = _content(path)

    def keep(decisions: Iterable[Decision]) -> None:
        nonlocal seen
        if _content(path) != seen:
            raise Stop(f"{path}: changed by another program; nothing was saved, run the review again", FAILED)
        write_decisions(path, decisions)
        seen = _content(path)

    return keep


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None

"""The outputs that are kept, by command line and environment."""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from amigrate import __version__
from amigrate.cache_folder import base_folder, make
from amigrate_cli.replay.stamp import stamp

TOOK = b" read in %.1f s ("  # as the summary of a run says it
_KEPT = 50  # outputs
_PASSING = frozenset({"_", "SHLVL", "OLDPWD"})  # variables that say nothing


def replay(arguments: Sequence[str]) -> int | None:
    """Writes what the same command wrote the last time, if it would write the same now; its exit code then."""
    started, name = time.monotonic(), _name(arguments)
    if name is None:
        return None
    try:
        root, stamped, took, code, stdout, stderr = marshal.loads((_folder() / name).read_bytes())
        if stamped != stamp(Path(root)):
            return None
        head, told, tail = stdout.rpartition(took)
        stdout = head + (TOOK % (time.monotonic() - started) if told else b"") + tail
    except Exception:  # what is damaged may raise anything
        return None
    assert isinstance(code, int)
    with contextlib.suppress(BrokenPipeError):  # nobody reads any more
        for stream, data in ((sys.stdout, stdout), (sys.stderr, stderr)):
            stream.buffer.write(data)
            stream.flush()
    return code


def keep(arguments: Sequence[str], root: Path, stamped: str, seconds: float, code: int, *written: bytes) -> None:
    """Keeps what a command on the project at `root` has written to stdout and stderr, and its exit code.

    `stamped` is the project as it was before it was read, `seconds` how long the command says that it took. A full or
    read-only disk only costs that nothing is kept.
    """
    name = _name(arguments)
    if name is None:
        return
    from tempfile import NamedTemporaryFile  # takes longer than the rest of this module

    folder = _folder()
    try:
        make(folder)
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            marshal.dump((str(root), stamped, TOOK % seconds, code, *written), file)
        Path(file.name).replace(folder / name)
        _forget(folder)
    except OSError:
        return


def _folder() -> Path:
    return base_folder() / "outputs"


def _forget(folder: Path) -> None:
    """Removes the oldest outputs."""
    kept = sorted(folder.glob("*.output"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-_KEPT]:
        with contextlib.suppress(OSError):
            path.unlink()


def _name(arguments: Sequence[str]) -> str | None:
    """The file of a command's output; None for one whose output is not kept."""
    if arguments[:1] != ["preview"]:
        return None
    variables = sorted((name, value) for name, value in os.environ.items() if name not in _PASSING)
    shown = [_shown(number) for number in (0, 1, 2)]
    try:
        here = str(Path.cwd())
    except OSError:  # it was removed
        return None
    places = [os.path.realpath(one) for one in arguments]  # a link may lead elsewhere by now
    everything = repr((__version__, sys.version, list(arguments), places, here, shown, variables))
    return hashlib.sha256(everything.encode("utf-8", "surrogateescape")).hexdigest()[:32] + ".output"


def _shown(number: int) -> tuple[int, int] | bool:
    """How large the terminal is that a stream of the process belongs to; whether it is one, otherwise."""
    try:
        return os.get_terminal_size(number)
    except OSError:
        return os.isatty(number)

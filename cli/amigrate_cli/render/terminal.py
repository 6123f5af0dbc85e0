"""The consoles, and writing bytes to stdout."""

from __future__ import annotations

import os
import sys
from typing import IO

from rich.console import Console


class Terminal(Console):
    """A console that falls silent when the reader of a pipe goes, so that the command still ends as it should."""

    def on_broken_pipe(self) -> None:
        """Sends everything further nowhere."""
        self.quiet = True
        _to_nowhere(self.file)


def stdout() -> Terminal:
    """Where results go."""
    return Terminal(highlight=False, markup=False, emoji=False)


def stderr() -> Terminal:
    """Where progress and errors go."""
    return Terminal(stderr=True, highlight=False, markup=False, emoji=False)


def write_bytes(data: bytes) -> None:
    """Writes to stdout as is."""
    sys.stdout.flush()
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _to_nowhere(sys.stdout)


def _to_nowhere(file: IO[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, file.fileno())
    os.close(nowhere)

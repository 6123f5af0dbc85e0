"""A long display in a pager, as git does it."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from amigrate_cli.render.terminal import Terminal, stdout

# git's own: leave when it fits on the screen, pass colours on, do not clear the screen
_ENVIRONMENT = {"LESS": "FRX", "LV": "-c"}


@contextmanager
def paged(*, wanted: bool = True) -> Iterator[Terminal]:
    """A console for results: in a pager when stdout is a terminal and one is to be found, or else stdout.

    AMIGRATE_PAGER or PAGER names it, `cat` or nothing is none. Interrupts go to the pager while it runs.
    """
    command = _command() if wanted and sys.stdout.isatty() else []
    if not command:
        yield stdout()
        return
    sys.stdout.flush()
    environment = {**_ENVIRONMENT, **os.environ}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as pager:
        assert pager.stdin is not None
        text = io.TextIOWrapper(pager.stdin, encoding="utf-8", errors="backslashreplace", write_through=True)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            yield Terminal(file=text, force_terminal=True, highlight=False, markup=False, emoji=False)
        finally:
            with suppress(BrokenPipeError, ValueError):
                text.close()
            pager.wait()
            signal.signal(signal.SIGINT, before)


def _command() -> list[str]:
    """The program and its arguments; empty for none. It is never given to a shell."""
    if os.environ.get("TERM", "dumb") == "dumb":
        return []
    given = os.environ.get("AMIGRATE_PAGER", os.environ.get("PAGER", "less"))
    try:
        command = shlex.split(given)
    except ValueError:
        return []
    if not command or command == ["cat"] or shutil.which(command[0]) is None:
        return []
    return command

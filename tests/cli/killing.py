"""Killing the command line at a random moment, with or without what would clean up after it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

REPOSITORY_AT_REST = 20.0  # seconds that the guard may take, on a busy machine


def run_and_kill(
    command: Sequence[str | Path], env: Mapping[str, str], seconds: float, *, everything: bool, pause: float = 0.0
) -> bool:
    """Starts `command` and kills it within `seconds` of `pause`; `everything`: its processes too, with the guard.

    Returns whether it was still running.
    """
    null = subprocess.DEVNULL
    running = subprocess.Popen(command, env=env, stdout=null, stderr=null, start_new_session=True)
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(pause + random.uniform(0, seconds))
    alive = running.poll() is None
    if everything:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGSTOP)  # so that it starts no more
            for process in [*_descendants(running.pid)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
    running.kill()
    running.wait()
    return alive


def wait_for_the_guard(repository: Path) -> None:
    """Until nothing is under construction any more."""
    end = time.monotonic() + REPOSITORY_AT_REST
    while (repository / ".git/amigrate/pending.json").exists():
        assert time.monotonic() < end, "the guard did not clean up"
        time.sleep(0.02)


def _descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from _descendants(int(child))

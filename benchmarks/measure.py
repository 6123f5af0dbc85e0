"""CPU time and peak memory of a command and of all processes that it starts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu` is user and system time in seconds; `peak_mb` the memory of the largest single process."""

    cpu: float
    peak_mb: float
    code: int
    crashed: bool


def measure(command: Sequence[str], cwd: Path, log: Path, env: Mapping[str, str] | None = None) -> Usage:
    """Runs `command`; its output goes to `log`. Descendants count once the command has waited for them."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts kilobytes.
    crashed = b"\nTraceback (most recent call last)" in b"\n" + log.read_bytes()
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode, crashed)

"""One amigrate at a time builds branches in a repository."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amigrate_cli.errors import FAILED, Stop


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds `folder` for this process; the system lets go of it when the process ends, however it does.

    Raises:
        Stop: another process holds it.
    """
    if sys.platform == "win32":  # no such lock on folders
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop("another amigrate is at work in this repository; run this when it is done", FAILED) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)

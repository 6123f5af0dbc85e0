"""A process that outlives an amigrate that is killed, and takes away what it left.

`python -m amigrate_cli.git.guard FOLDER` waits for its input to end. A byte first: all is well. None: whoever wrote
there is gone, with all of its git commands, and did not come to the end.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Has a guard for the repository at `folder` while the block runs. Without one the next run cleans up."""
    waited_for, ours = os.pipe()
    os.set_inheritable(ours, True)  # our git commands hold it too
    guard = None
    try:
        with contextlib.suppress(OSError):
            guard = subprocess.Popen(
                [sys.executable, "-P", "-m", "amigrate_cli.git.guard", str(folder)],  # -P: nothing from this folder
                stdin=waited_for, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        os.close(waited_for)
        yield
    finally:
        with contextlib.suppress(OSError):
            os.write(ours, b".")
        os.close(ours)
        if guard:
            guard.wait()


def main() -> None:
    """Waits, and cleans up if that is needed."""
    if os.read(sys.stdin.fileno(), 1):
        return
    from amigrate_cli.errors import Stop
    from amigrate_cli.git.command import GitError
    from amigrate_cli.git.pending import recover
    from amigrate_cli.git.repository import find_repository

    with contextlib.suppress(Stop, GitError, OSError):  # then the next run does it, and can say what is wrong
        if repository := find_repository(Path(sys.argv[1])):
            recover(repository)


if __name__ == "__main__":
    main()

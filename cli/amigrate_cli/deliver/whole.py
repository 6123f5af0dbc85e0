"""Writing a small file of our own: the old one or the new one, never half of it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Makes `path` hold `data`, which has reached the disk then.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        write_new(temporary, data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that is not there yet, to the disk.

    Raises:
        OSError: it cannot be written, or is there.
    """
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

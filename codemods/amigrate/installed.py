"""Whether an installed distribution brings codemods."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from amigrate import ENTRY_POINTS

_METADATA = {".dist-info": "entry_points.txt", ".egg-info": "entry_points.txt", ".egg": "EGG-INFO/entry_points.txt"}


def brings_codemods() -> bool:
    """Whether any distribution that Python finds has an entry point of our group.

    Hardly any does, and importing `importlib.metadata` takes 15 ms: it is asked only where the name of the group is in
    a file of entry points, or where distributions may not be in folders.
    """
    if not any(_may_name_group(Path(folder)) for folder in dict.fromkeys(sys.path)):
        return False
    from importlib.metadata import entry_points

    return bool(entry_points(group=ENTRY_POINTS))


def _may_name_group(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except NotADirectoryError:  # a zip
        return True
    except OSError:
        return False
    files = (folder / name / file for name in names for end, file in _METADATA.items() if name.endswith(end))
    return any(ENTRY_POINTS.encode() in _content(file) for file in files)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""

"""Where amigrate keeps what it knows of projects: never in them, since a repository could bring files of its own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of amigrate; it can be deleted at any time.\n"


def base_folder() -> Path:
    """The folder of all caches; `AMIGRATE_CACHE_DIR` overrides it."""
    return Path(os.environ.get("AMIGRATE_CACHE_DIR") or platformdirs.user_cache_dir("amigrate", appauthor=False))


def folder_of(root: Path) -> Path:
    """The cache folder of the project at `root`."""
    return base_folder() / hashlib.sha256(str(root.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def make(folder: Path) -> None:
    """Makes a cache folder, marked as one for backups and git."""
    folder.mkdir(parents=True, exist_ok=True)
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        tag.write_text(_TAG)
        (folder / ".gitignore").write_text("*\n")

"""Where the record for `undo` lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amigrate_cli.git.repository import Repository

CACHE = ".amigrate_cache"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# What amigrate learned, and what `amigrate undo` needs.\n"


def record_folder(root: Path, repository: Repository | None) -> Path:
    """In the git directory of the repository or, outside git, in the cache folder of the project."""
    return repository.git_dir / "amigrate" if repository else root / CACHE / "undo"


def mark_cache_folder(folder: Path) -> None:
    """Tells backups and git to pass over the cache folder that `folder` lies in, if it lies in one."""
    cache = folder.parent
    if cache.name != CACHE:
        return
    for name, text in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
        if not (cache / name).exists():
            (cache / name).write_text(text, encoding="utf-8")

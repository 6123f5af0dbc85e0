"""Keeps what a type checker said of a project: a directory an answer, in it a file a module, loaded when asked for."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from amigrate.facts.oracle import FileTypes, Oracle

# To be raised when an answer would be read differently from the same report.
_SCHEMA = 1
_INDEX = "index.json"
_PREFIX = "types-"
_KEPT = 8


def key(root: Path, files: Sequence[str], setting: Sequence[str]) -> str:
    """The key of the answer about `files` with their present content. A file that cannot be read counts as empty."""
    total = hashlib.sha256(json.dumps([_SCHEMA, *setting]).encode())
    for path in files:
        digest = ""
        with suppress(OSError):
            digest = hashlib.sha256((root / path).read_bytes()).hexdigest()
        total.update(json.dumps([path, digest]).encode())
    return total.hexdigest()[:32]


def load(cache_dir: Path | None, key: str) -> Oracle | None:
    """The answer of that key, if it was kept."""
    if cache_dir is None:
        return None
    directory = cache_dir / f"{_PREFIX}{key}"
    try:
        names: dict[str, str] = json.loads((directory / _INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Oracle({path: directory / name for path, name in names.items()})


def store(cache_dir: Path | None, key: str, types: Mapping[str, FileTypes]) -> Oracle | None:
    """Keeps an answer and returns it as loaded from there; None when it could not be kept."""
    if cache_dir is None:
        return None
    scratch: Path | None = None
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="new-", dir=cache_dir))
        names = {path: f"{number}.json" for number, path in enumerate(sorted(types))}
        for path, name in names.items():
            (scratch / name).write_text(types[path].to_json(), encoding="utf-8")
        (scratch / _INDEX).write_text(json.dumps(names), encoding="utf-8")
        # A directory appears whole or not at all; where another process was first, its answer is the same.
        with suppress(FileExistsError, PermissionError, NotADirectoryError):
            scratch.rename(cache_dir / f"{_PREFIX}{key}")
        _prune(cache_dir)
    except OSError:
        return None
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
    return load(cache_dir, key)


def _prune(cache_dir: Path) -> None:
    kept = sorted(cache_dir.glob(f"{_PREFIX}*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for directory in kept[_KEPT:]:
        shutil.rmtree(directory, ignore_errors=True)

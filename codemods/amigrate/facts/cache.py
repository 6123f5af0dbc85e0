"""The cache: a folder of its own under the user's cache directory, one per project.

It holds pickles, so it never lies in the project: a repository could bring files of its own there.
"""

from __future__ import annotations

import copyreg
import pickle
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from amigrate import __version__
from amigrate.cache_folder import make
from amigrate.facts.module import Class, Function, ModuleFacts, Scope

_FORMAT = f"{__version__}/14"


def _reducing(kind: type[Any]) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda one: (kind, values(one))


# `dataclasses` asks each object for the names of its fields, which takes most of the time of a pickle
for _kind in (Class, Function, ModuleFacts, Scope):
    copyreg.pickle(_kind, _reducing(_kind))


@dataclass(frozen=True, slots=True)
class Cache:
    """Stored results of a project; without a folder nothing is stored."""

    folder: Path | None

    def load(self) -> Mapping[tuple[str, str], ModuleFacts]:
        """The facts by path and content hash."""
        found = self.get("facts", _FORMAT)
        return found if isinstance(found, dict) else {}

    def store(self, facts: Mapping[tuple[str, str], ModuleFacts]) -> None:
        """Keeps the facts for the next run."""
        self.put("facts", _FORMAT, dict(facts))

    def get(self, name: str, key: str) -> Any:
        """What was stored under a name, if it was stored with the same key, else None."""
        if self.folder is None:
            return None
        try:
            with (self.folder / f"{name}.pickle").open("rb") as file:
                if pickle.load(file) == key:
                    return pickle.load(file)
        except Exception:  # a damaged pickle may raise anything, MemoryError and OverflowError among it
            return None
        return None

    def put(self, name: str, key: str, value: object) -> None:
        """Stores a value; a full or read-only disk only costs the cache."""
        if self.folder is None:
            return
        try:
            make(self.folder)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                pickle.dump(key, file, pickle.HIGHEST_PROTOCOL)
                pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
            Path(file.name).replace(self.folder / f"{name}.pickle")
        except OSError:
            return

"""The bytes of a project's files: those that are seldom asked for again are not held meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path


class Sources(Mapping[str, bytes]):
    """The bytes by path.

    Args:
        root: the project.
        held: what was read of it.
    """

    def __init__(self, root: Path, held: dict[str, bytes]) -> None:
        self._root = root
        self._held = held
        self._digests: dict[str, str] = {}  # of what was let go

    def let_go(self, digests: Mapping[str, str]) -> None:
        """Holds some files no longer, whose SHA-256 is given: they are read again when they are asked for."""
        for path in digests.keys() & self._held.keys():
            del self._held[path]
            self._digests[path] = digests[path]

    def __getitem__(self, path: str) -> bytes:
        """The bytes of a file, as they were at first.

        Raises:
            KeyError: there is no such file.
            OSError: it was changed since, or cannot be read any more; with a message for the user.
        """
        if (held := self._held.get(path)) is not None:
            return held
        digest = self._digests[path]
        source = (self._root / path).read_bytes()
        if hashlib.sha256(source).hexdigest() != digest:
            raise OSError(f"{path} was changed while amigrate ran; run it again")
        return source

    def __contains__(self, path: object) -> bool:
        return path in self._held or path in self._digests

    def __iter__(self) -> Iterator[str]:
        yield from self._held
        yield from self._digests

    def __len__(self) -> int:
        return len(self._held) + len(self._digests)

    def but(self, changed: Mapping[str, bytes]) -> Sources:
        """The same with the contents of some files changed."""
        copy = Sources(self._root, {**self._held, **changed})
        copy._digests = {path: digest for path, digest in self._digests.items() if path not in changed}
        return copy

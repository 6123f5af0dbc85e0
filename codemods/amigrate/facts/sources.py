"""The bytes of a project's files: those that are seldom asked for again are not held meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

MARK = b"amigrate:"  # what a comment to us begins with


class Sources(Mapping[str, bytes]):
    """The bytes by path.

    Args:
        root: the project.
        held: the bytes of files that are needed again and again.
        digests: the SHA-256 of these and of further files, which are read again when they are asked for.
        marked: the files that may have comments to us, so that not all are read again to look for these.
    """

    def __init__(self, root: Path, held: Mapping[str, bytes], digests: Mapping[str, str], marked: Set[str]) -> None:
        self._root = root
        self._held = held
        self._digests = digests
        self._marked = marked

    @property
    def marked(self) -> Mapping[str, bytes]:
        """The bytes of the files that may have comments to us."""
        return {path: self[path] for path in self if path in self._marked}

    def holds(self, path: str) -> bool:
        """Whether the bytes of a file are held."""
        return path in self._held

    def digest(self, path: str) -> str:
        """The SHA-256 of a file."""
        return self._digests[path]

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
        return path in self._digests

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests)

    def __len__(self) -> int:
        return len(self._digests)

    def but(self, changed: Mapping[str, bytes]) -> Sources:
        """The same with the contents of some files changed."""
        digests = {path: hashlib.sha256(source).hexdigest() for path, source in changed.items()}
        marked = {path for path, source in changed.items() if MARK in source}
        held = {**self._held, **changed}
        return Sources(self._root, held, {**self._digests, **digests}, marked | (self._marked - changed.keys()))

"""Taking down what a command writes."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast


class Copied(io.BufferedIOBase):
    """Hands on what is written, and remembers it."""

    def __init__(self, below: BinaryIO) -> None:
        self._below = below
        self.taken = bytearray()
        self.whole = True  # whether somebody read all of it

    def write(self, data: object) -> int:
        """Hands on some bytes."""
        given = bytes(data)  # type: ignore[call-overload]  # any buffer
        self.taken += given
        with self._noticed():
            return self._below.write(given)

    def flush(self) -> None:
        """Hands on what is buffered below."""
        if not self.closed:
            with self._noticed():
                self._below.flush()

    @contextmanager
    def _noticed(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self.whole = False
            raise

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The number of the stream below."""
        return self._below.fileno()

    def isatty(self) -> bool:
        """Whether the stream below is a terminal."""
        return self._below.isatty()


@contextmanager
def recorded() -> Iterator[tuple[Copied, Copied]]:
    """What is written to stdout and to stderr meanwhile; it is written there all the same."""
    before = sys.stdout, sys.stderr
    copies = Copied(cast(BinaryIO, sys.stdout.buffer)), Copied(cast(BinaryIO, sys.stderr.buffer))
    texts = [
        io.TextIOWrapper(cast(BinaryIO, copy), stream.encoding, stream.errors, write_through=True)
        for copy, stream in zip(copies, before, strict=True)
    ]
    for stream in before:
        stream.flush()
    sys.stdout, sys.stderr = texts
    try:
        yield copies
    finally:
        sys.stdout, sys.stderr = before
        for text in texts:
            text.detach()

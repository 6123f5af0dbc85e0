"""Ctrl-C held back while files or branches are half done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_HELD = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(Exception):
    """The user asked to stop, and now is a good moment."""


@dataclass(slots=True)
class Held:
    """Whether a signal came."""

    came: bool = False

    def check(self) -> None:
        """To be called where stopping is fine.

        Raises:
            Interrupted: a signal came.
        """
        if self.came:
            raise Interrupted


@contextmanager
def held_interrupts() -> Iterator[Held]:
    """Signals that end the process are noted in what is yielded, and not acted on."""
    held = Held()

    def note(number: int, frame: FrameType | None) -> None:
        held.came = True

    before = {number: signal.signal(number, note) for number in _HELD if signal.getsignal(number) is not None}
    try:
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

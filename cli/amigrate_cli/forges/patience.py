"""Trying again: with growing pauses, or when the forge says, and not for ever."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from amigrate_cli.errors import FAILED, Stop
from amigrate_cli.forges.forge import Busy

Result = TypeVar("Result")
_FIRST, _LONGEST = 1.0, 30.0  # seconds


@dataclass(slots=True)
class Patience:
    """How long a run waits for others, in all. `say` tells the user of each pause."""

    seconds: float
    say: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def attempt(self, what: str, call: Callable[[], Result]) -> Result:
        """The result of `call`, tried again while it raises Busy.

        Raises:
            Stop: there is no time left for another try.
        """
        pause = _FIRST
        while True:
            try:
                return call()
            except Busy as busy:
                wait = busy.after or pause * random.uniform(0.75, 1.25)
                if wait > self.seconds:
                    raise Stop(f"{what}: {busy}; {_when(busy)}", FAILED) from busy
                self.say(f"{what}: {busy}; trying again in {wait:.0f} s")
                self.seconds -= wait
                self.sleep(wait)
                pause = min(pause * 2, _LONGEST)


def _when(busy: Busy) -> str:
    when = f" in {busy.after / 60:.0f} minutes" if busy.after > 90 else " later"
    return f"nothing is lost: run the same command again{when}, and it goes on from here"

"""Whether Redis can be reached, and when to try again. It is told once when it begins, and once when it ends."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger("django_ahead.websocket")

# Seconds between two tries.
PAUSE = 1.0


class Outage:
    """Nobody waits for what is down: between two tries, messages to other processes are dropped."""

    def __init__(self) -> None:
        self._retry_at: float | None = None
        self._dropped = 0

    @property
    def is_on(self) -> bool:
        return self._retry_at is not None

    def begin(self, error: BaseException) -> None:
        if self._retry_at is None:
            kind = type(error).__name__
            logger.warning("Redis cannot be reached: until then groups are those of this process. %s: %s", kind, error)
        self._retry_at = time.monotonic() + PAUSE

    def end(self) -> None:
        if self._retry_at is not None:
            logger.warning("Redis can be reached again. %d messages stayed within this process.", self._dropped)
        self._retry_at, self._dropped = None, 0

    def drops(self) -> bool:
        """Whether a message is to be dropped: it is too early to try."""
        if self._retry_at is None or time.monotonic() >= self._retry_at:
            return False
        self._dropped += 1
        return True

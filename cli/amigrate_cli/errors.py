"""How a command ends early, and the exit codes."""

from __future__ import annotations

DONE = 0
WOULD_CHANGE = 1
USAGE = 2
FAILED = 3
INTERRUPTED = 130


class Stop(Exception):
    """Ends the command with `message` on stderr and `code` as the exit code; never shown with a traceback."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

"""What a close frame may carry: RFC 6455, 5.5.1 and 7.4."""

from __future__ import annotations

# 1004, 1005, 1006 and 1015 are never sent.
_SENT = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})
_LONGEST_REASON = 123


def checked_code(code: int) -> int:
    """The code. Raises ValueError if an endpoint must not send it."""
    if code not in _SENT:
        raise ValueError(f"{code!r} is no code to close a WebSocket with. Codes of applications are 4000 to 4999.")
    return int(code)


def checked_reason(reason: str) -> str:
    """The reason, as much of it as a close frame has room for."""
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")

"""What the answer to a handshake may carry: nothing that a client said becomes a header of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

# RFC 9110, 5.6.2 and 5.5.
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


def checked_subprotocol(subprotocol: str | None) -> str | None:
    """The subprotocol. Raises ValueError if it is no token."""
    if subprotocol is not None and not _TOKEN.fullmatch(_encoded(subprotocol)):
        raise ValueError(f"{subprotocol!r} is no subprotocol.")
    return subprotocol


def checked_headers(headers: Iterable[tuple[str | bytes, str | bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers as bytes, names in lower case. Raises ValueError for one that would not be one header."""
    checked = []
    for name, value in headers:
        header = _encoded(name).lower(), _encoded(value)
        if not _TOKEN.fullmatch(header[0]) or not _VALUE.fullmatch(header[1]):
            raise ValueError(f"{name!r}: {value!r} is no header.")
        if header[0].startswith(b"sec-websocket-"):
            raise ValueError(f"{name!r} is a header of the server. accept() takes a subprotocol as such.")
        checked.append(header)
    return checked


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")

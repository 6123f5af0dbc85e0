"""How messages travel between processes: JSON, which has room for bytes.

Bytes are a dict with one key, which is another one for each message: what a client says is never taken for it.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any


def encode(message: Any) -> bytes:
    """Raises TypeError for what is neither JSON nor bytes, such as a model instance or a datetime."""
    key = ""

    def encode_bytes(value: Any) -> dict[str, str]:
        nonlocal key
        if not isinstance(value, bytes | bytearray | memoryview):
            raise TypeError(f"A message of a layer has JSON and bytes, not {value!r}.")
        key = key or secrets.token_hex(8)
        return {key: base64.b64encode(value).decode()}

    body = json.dumps(message, separators=(",", ":"), default=encode_bytes)
    return f"{key}\n{body}".encode()


def decode(data: bytes) -> Any:
    """What was encoded: tuples are lists, keys are strings."""
    head, _, body = data.partition(b"\n")
    key = head.decode()

    def decode_bytes(value: dict[str, Any]) -> Any:
        return base64.b64decode(value[key]) if key in value else value

    return json.loads(body, object_hook=decode_bytes if key else None)

"""How messages travel between processes: JSON, which has room for bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

_BYTES = "__ahead_bytes__"


def encode(message: Any) -> bytes:
    """Raises TypeError for what is neither JSON nor bytes, such as a model instance or a datetime."""
    return json.dumps(message, separators=(",", ":"), default=_encode_bytes).encode()


def decode(data: bytes) -> Any:
    """What was encoded: tuples are lists, keys are strings."""
    hook = _decode_bytes if _BYTES.encode() in data else None
    return json.loads(data, object_hook=hook)


def _encode_bytes(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"A message of a layer has JSON and bytes, not {value!r}.")


def _decode_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value[_BYTES]) if value.keys() == {_BYTES} else value

"""Text of a project made harmless: nothing in it may steer the terminal or reorder what is read."""

from __future__ import annotations

import re

# Control characters, lone surrogates (undecodable bytes of file names), and what is invisible or turns the reading
# direction: with these, code can look like other code.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str, keep: str = "") -> str:
    """`text` with each character that must not reach the terminal as its Python escape, except those in `keep`."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] in keep else _escape(ord(found[0])), text)


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds an undecodable byte
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""The bytes of a source file as text to show."""

from __future__ import annotations

from io import BytesIO
from tokenize import detect_encoding


def encoding_of(source: bytes) -> str:
    """The encoding that a file declares; UTF-8 where that is not one that text can be read with."""
    try:
        encoding, _ = detect_encoding(BytesIO(source).readline)
        b"x".decode(encoding, "backslashreplace")
    except (SyntaxError, LookupError, UnicodeError):  # unknown, not for text, or not the true one
        return "utf-8"
    return "utf-8" if encoding == "utf-8-sig" else encoding  # the mark itself is shown, not dropped


def decoded(data: bytes, encoding: str) -> str:
    """Part of a file as text. Bytes that the encoding lacks become `\\xNN`."""
    try:
        return data.decode(encoding, "backslashreplace")
    except UnicodeError:  # some codecs have their own idea of errors
        return data.decode("utf-8", "backslashreplace")

"""A Python file as text: its encoding, its lines as `ast` counts them, and the way back to the very same bytes."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from codecs import BOM_UTF8
from dataclasses import dataclass
from itertools import accumulate

# Python ends a line at these three only; `str.splitlines` would also split at form feeds and Unicode separators.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class RewriteError(Exception):
    """A file that cannot be rewritten. `reason` is one line that says where, why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file by lines, each with its own line end, and what is needed to encode it again."""

    path: str
    bom: bytes
    encoding: str
    lines: tuple[str, ...]

    def char_col(self, line: int, utf8_col: int) -> int:
        """The column in characters of an `ast` column, which counts UTF-8 bytes; `line` counts from 1."""
        text = self.lines[line - 1]
        return utf8_col if text.isascii() else len(text.encode()[:utf8_col].decode())

    def encode(self, text: str) -> bytes:
        """The bytes of `text` in the encoding of the file.

        Raises:
            RewriteError: when the encoding lacks one of the characters.
        """
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise RewriteError(f"the new text does not fit the file's encoding {self.encoding}: {error}") from error

    def offsets(self) -> list[int]:
        """The byte offset of each line and, last, the length of the file."""
        return list(accumulate((len(self.encode(line)) for line in self.lines), initial=len(self.bom)))

    def newline(self, line: int = 1) -> str:
        """The line end in use at `line`, or else in the file."""
        for text in (*self.lines[line - 1 : line], *self.lines[:1]):
            if end := re.search(r"\r\n|\r|\n", text):
                return end.group()
        return "\n"


def split_lines(text: str) -> list[str]:
    """The lines of `text` with their line ends, where Python sees lines."""
    return _LINE.findall(text)


def decode(path: str, source: bytes) -> Source:
    """The text of a Python file, by its byte order mark or coding cookie (PEP 263).

    Raises:
        RewriteError: when it is not text in the encoding it says, or cannot be encoded again to the same bytes.
    """
    bom = BOM_UTF8 if source.startswith(BOM_UTF8) else b""
    body = source[len(bom) :]
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(body).readline)
        lines = tuple(split_lines(body.decode(encoding)))
        # Encodings with a state, such as UTF-7, do not survive being encoded line by line.
        same = b"".join(line.encode(encoding) for line in lines) == body
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise RewriteError(f"cannot be decoded: {error}; save it as UTF-8") from error
    if not same:
        raise RewriteError(f"its encoding {encoding} does not round-trip; save it as UTF-8")
    return Source(path, bom, encoding, lines)


def parse_ast(source: bytes) -> ast.Module:
    """The `ast` of a file.

    Raises:
        RewriteError: when Python cannot parse it; the reason names the line.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise RewriteError(f"line {error.lineno or 1}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise RewriteError(f"cannot be parsed: {type(error).__name__} {error}".rstrip()) from error

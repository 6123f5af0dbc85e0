"""The words of a file that is only skimmed: many, of which few are ever asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

_BLOCK = 100_000  # bytes
_DIGITS = b"0123456789"
_PARTS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" + _DIGITS + bytes(range(128, 256))
_ONLY_PARTS = bytes(byte if byte in _PARTS else ord(" ") for byte in range(256))


@dataclass(frozen=True, slots=True, eq=False)
class Words(Set[str]):
    """A set of words in a tenth of the memory that a frozenset takes: they stand in one text, between spaces."""

    text: bytes

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and " " not in word and f" {word} ".encode("utf-8", "surrogatepass") in self.text

    def __iter__(self) -> Iterator[str]:
        return filter(None, self.text.decode().split(" "))

    def __len__(self) -> int:
        return self.text.count(b" ") - 1

    @classmethod
    def _from_iterable(cls, words: Iterable[str]) -> frozenset[str]:  # type: ignore[override]  # what `|` makes
        return frozenset(words)


def words_of(source: bytes) -> Words:
    """All words of a file, those in its comments and texts among them."""
    if not source.isascii():
        source = source.decode("utf-8", "ignore").encode()
    found, start = dict[bytes, None](), 0
    while start < len(source):  # in blocks of lines: the list of all words of a large file takes ten times its bytes
        end = source.find(b"\n", start + _BLOCK) + 1 or len(source)
        found.update(dict.fromkeys(source[start:end].translate(_ONLY_PARTS).split()))
        start = end
    # a number is none, and in `1e5` only the letter and what follows it
    words = dict.fromkeys(word.lstrip(_DIGITS) if word[0] in _DIGITS else word for word in found)
    return Words(b" " + b" ".join([*filter(None, words), b""]))

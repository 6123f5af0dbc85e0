"""Words of files that are only skimmed."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from amigrate.facts.words import words_of

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


def _expected(source: bytes) -> set[str]:
    readable = source.decode("utf-8", "ignore").encode()
    return {word.decode() for word in _WORD.findall(readable)}


@given(st.binary(max_size=200) | st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode))
def test_they_are_what_the_pattern_of_a_name_finds(source: bytes) -> None:
    words = words_of(source)
    assert set(words) == _expected(source)
    assert all(word in words for word in words)


def test_texts_comments_and_numbers() -> None:
    words = words_of(b'x1 = 1e5  # a remark\ny = "say" + f(0x1F)\n')
    assert set(words) == {"x1", "e5", "a", "remark", "y", "say", "f", "x1F"}
    assert len(words) == 8
    assert "say" in words and "sa" not in words and "a remark" not in words
    assert words.isdisjoint({"no", "sa"}) and not words.isdisjoint({"no", "f"})
    assert words | {"more"} == {*words, "more"}


def test_none() -> None:
    assert set(words_of(b"")) == set() and len(words_of(b"1 + 2")) == 0
    assert "" not in words_of(b"")


def test_more_than_one_block_of_lines() -> None:
    source = b"".join(b"name_%d = other\n" % number for number in range(20_000))
    words = words_of(source)
    assert set(words) == _expected(source)
    assert set(pickle.loads(pickle.dumps(words))) == set(words)


def test_of_this_file() -> None:
    source = Path(__file__).read_bytes()
    assert set(words_of(source)) == _expected(source)

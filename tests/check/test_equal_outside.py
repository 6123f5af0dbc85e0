"""G1: outside of the regions neither the bytes nor the meaning may change."""

from __future__ import annotations

import pytest

from amigrate.check import equal_outside
from amigrate.rewrite import Region

BEFORE = b"import os\n\n@d\ndef f(a):\n    x = get(a)\n    return x\n\ny = 2\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"    x = get(a)\n", b"    x = await get(a)\n"),
        (b"    x = get(a)\n", b"    b = 1\n    x = await get(a)\n"),
        (b"    x = get(a)\n", b""),
        (b"def f(a):\n", b"async def f(a):\n"),
        (b"y = 2\n", b"y = 3"),
        (b"import os\n", b"import os\nfrom a import b\n"),
    ],
)
def test_change_inside_a_region_is_fine(old: bytes, new: bytes) -> None:
    after = BEFORE.replace(old, new)
    start = BEFORE.index(old)
    assert equal_outside(BEFORE, after, [Region(start, start + len(old), start, start + len(new))]) is None


def test_no_region_and_no_change() -> None:
    assert equal_outside(BEFORE, BEFORE, []) is None


def test_insertion_between_statements() -> None:
    after = b"import os\nimport a\n" + BEFORE[10:]
    assert equal_outside(BEFORE, after, [Region(10, 10, 10, 19)]) is None


@pytest.mark.parametrize(
    ("head", "old", "new", "tail"),
    [
        pytest.param("if x:\n", "  if a:\n    b\n", "  a\n  if a:\n    b\n", "    c\n", id="in-a-block"),
        pytest.param("if a:\n  pass\nelse:\n", "", "  if d:\n    pass\n", "  b\nc\n", id="inserted-in-a-block"),
        pytest.param(
            "def f():\n    if a:\n        b\n", "    else:\n", "    for x in y:\n", "        c\n", id="header"
        ),
        pytest.param("def f():\n    a\n", "", "    if 1:\n     x\n", "    b\n", id="inserted-in-a-function"),
        pytest.param("", "@a\n", "@a\n@b\n", "def f(): pass\n", id="decorator"),
        pytest.param("", "def f():\n", "async def f():\n", "    a\n    b\n", id="async"),
    ],
)
def test_change_next_to_other_statements_is_fine(head: str, old: str, new: str, tail: str) -> None:
    assert outcome(head, old, new, tail) is None


@pytest.mark.parametrize(
    ("head", "old", "new", "tail", "reason"),
    [
        pytest.param("", "a = 1\n", "a = '''\n", "b = 2\nc = '''3'''\n", "line ", id="swallowed-by-a-string"),
        pytest.param("", "a\n", "if a: \\\n", "b\nc\n", "line 2: a statement outside", id="continued"),
        pytest.param("if a:\n  b\n", "c\n", "while x:\n", " if d:\n  e\n", "line ", id="does-not-compile-before"),
        pytest.param("a\n", "", "class A:\n", " \n", "line ", id="does-not-compile-after"),
        pytest.param(
            "def f():\n    a\n", "\n", "def g():\n", "    b\n", "line 4: a statement outside", id="other-function"
        ),
        pytest.param("def f():\n  if a:\n    a\n", "", "  if b:\n", "    c\n", None, id="other-if-is-not-seen"),
        pytest.param("if a:\n  a\n", "  b\n", "  if b:\n    b\n", "  c\n", None, id="same-block"),
        pytest.param("", "class A:\n", "class B:\n", "  a = 1\n", "line 2: a statement outside", id="renamed-class"),
    ],
)
def test_change_of_meaning_is_found(head: str, old: str, new: str, tail: str, reason: str | None) -> None:
    found = outcome(head, old, new, tail)
    assert (found is None) if reason is None else (found or "").startswith(reason)


@pytest.mark.parametrize(
    ("before", "after", "regions", "reason"),
    [
        pytest.param(b"a\nb\n", b"a\nc\n", [], "line 2: bytes outside", id="bytes"),
        pytest.param(b"a\nb\n", b"a\nb\nc\n", [], "line 3: bytes outside", id="longer"),
        pytest.param(b"a\nb\nc\n", b"a\nb\n", [], "line 3: bytes outside", id="shorter"),
        pytest.param(b"a\r\nb\n", b"a\nb\n", [Region(3, 5, 2, 4)], "line 1: bytes outside", id="line-end"),
        pytest.param(b"a\nb\n", b"a\nb\n", [Region(2, 4, 2, 4), Region(0, 2, 0, 2)], "line 1: two", id="order"),
    ],
)
def test_change_of_bytes_is_found(before: bytes, after: bytes, regions: list[Region], reason: str) -> None:
    assert (equal_outside(before, after, regions) or "").startswith(reason)


def test_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert equal_outside(b"\xef\xbb\xbff()", b"\xef\xbb\xbfawait f()", [Region(3, 6, 3, 12)]) is None


def test_line_below_one_without_end() -> None:
    assert equal_outside(b"import os", b"import os\nimport a", [Region(9, 9, 9, 18)]) is None


def outcome(head: str, old: str, new: str, tail: str) -> str | None:
    start = len(head)
    region = Region(start, start + len(old), start, start + len(new))
    return equal_outside((head + old + tail).encode(), (head + new + tail).encode(), [region])

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.facts.class_header import base_count


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A: pass\n", 0),
        ("class A(): pass\n", 0),
        ("class A(B): pass\n", 1),
        ("class A(B, c.D, metaclass=M): x: int = 1\n", 2),
        ("class A(B[int, str], f(1, key=lambda x: x)):\n    pass\n", 2),
        ("class A(\n    B,  # a comment: with a colon\n    C,\n):\n    pass\n", 2),
        ("class A(B): '''a\nb'''\n", 1),
        ("class A(*bases): pass\n", None),
        ("class A(B", None),
        ("", None),
    ],
)
def test_base_count(tmp_path: Path, source: str, expected: int | None) -> None:
    path = tmp_path / "a.py"
    path.write_text(source)
    assert base_count(str(path), 1) == expected


def test_a_nested_class_is_read_from_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f():\n    if 1:\n        class A(B, C):\n            pass\n    return A\n")
    assert base_count(str(path), 3) == 2


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"# coding: nonsense\nclass A: pass\n")
    assert base_count(str(tmp_path / "a.py"), 2) is None
    assert base_count(str(tmp_path / "gone.py"), 1) is None

"""The bytes of files that are not held."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from amigrate.facts.sources import Sources


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    all_ = {"a.py": b"a = 1\n", "b.py": b"b = 1\n"}
    for path, source in all_.items():
        (tmp_path / path).write_bytes(source)
    digests = {path: hashlib.sha256(source).hexdigest() for path, source in all_.items()}
    return Sources(tmp_path, {"a.py": all_["a.py"]}, digests, set())


def test_what_is_not_held_is_read_again(sources: Sources, tmp_path: Path) -> None:
    assert dict(sources) == {"a.py": b"a = 1\n", "b.py": b"b = 1\n"}
    assert sources.holds("a.py") and not sources.holds("b.py")
    assert len(sources) == 2 and "b.py" in sources and "c.py" not in sources
    (tmp_path / "a.py").unlink()
    assert sources["a.py"] == b"a = 1\n"
    with pytest.raises(KeyError):
        sources["c.py"]


def test_a_file_that_changes_meanwhile_is_named(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "b.py").write_bytes(b"b = 2\n")
    with pytest.raises(OSError, match=r"^b\.py was changed while amigrate ran; run it again$"):
        sources["b.py"]
    (tmp_path / "b.py").unlink()
    with pytest.raises(FileNotFoundError):
        sources["b.py"]


def test_with_changes(sources: Sources) -> None:
    after = sources.but({"b.py": b"b = 3\n", "new.py": b""})
    assert dict(after) == {"a.py": b"a = 1\n", "b.py": b"b = 3\n", "new.py": b""}
    assert after.digest("b.py") == hashlib.sha256(b"b = 3\n").hexdigest()
    assert sources["b.py"] == b"b = 1\n" and len(sources) == 2


def test_of_unchanged_files_only_the_marked_ones_are_looked_at(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "b.py").unlink()
    assert dict(sources.marked) == {}
    after = sources.but({"a.py": b"a = 1  # amigrate: ignore\n", "c.py": b""})
    assert dict(after.marked) == {"a.py": b"a = 1  # amigrate: ignore\n"}
    assert dict(after.but({"a.py": b"a = 1\n"}).marked) == {}

"""Reading the files of a project, their cache, and the names that templates use."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest

from amigrate.cache_folder import folder_of
from amigrate.discover.data import Role, SourceFile
from amigrate.facts import scan as scanning
from amigrate.facts.cache import Cache
from amigrate.facts.module import ModuleFacts
from amigrate.facts.scan import read_sources, scan
from amigrate.facts.templates import names_in
from amigrate.model import Failure
from tests.memory import module_of
from tests.tree import write


def files(*paths: str) -> list[SourceFile]:
    return [SourceFile(path, module_of(path), Role.CODE) for path in paths]


def scanned(root: Path, cache: Cache, *paths: str, jobs: int = 1) -> tuple[dict[str, ModuleFacts], list[Failure]]:
    sources, _ = read_sources(root, files(*paths))
    return scan(files(*paths), sources, cache, jobs, lambda *_: None)


def test_what_cannot_be_read_is_named_and_the_rest_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LIMIT", 50)
    outside = tmp_path / "outside.py"
    outside.write_text("secret = 1\n")
    root = tmp_path / "project"
    write(root, {"good.py": "x = 1\n", "binary.py": b"x\0y", "large.py": "x = 1  # " + "-" * 50})
    (root / "link.py").symlink_to(outside)
    (root / "folder.py").mkdir()
    sources, failures = read_sources(root, files("good.py", "binary.py", "large.py", "link.py", "folder.py", "gone.py"))
    assert sources == {"good.py": b"x = 1\n"}
    reasons = {failure.path: failure.reason for failure in failures}
    assert set(reasons) == {"binary.py", "large.py", "link.py", "folder.py", "gone.py"}
    assert "is binary" in reasons["binary.py"] and "exclude" in reasons["large.py"]
    assert "link out of the project" in reasons["link.py"]
    assert "Is a directory" in reasons["folder.py"] and "No such file" in reasons["gone.py"]
    assert all("\n" not in reason for reason in reasons.values())


def test_a_file_that_git_lfs_has_not_fetched_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"large.py": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"})
    sources, (failure,) = read_sources(tmp_path, files("large.py"))
    assert not sources and failure.path == "large.py" and "a pointer of Git LFS" in failure.reason


def test_what_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"bad.py": "def f(:\n", "codec.py": b"x = '\xff'\n", "good.py": "def f(): pass\n"})
    modules, failures = scanned(tmp_path, Cache(None), "bad.py", "codec.py", "good.py")
    assert list(modules) == ["good"]
    assert {failure.path: failure.reason.partition(":")[0] for failure in failures} == {
        "bad.py": "SyntaxError",
        "codec.py": "SyntaxError",
    }
    assert "(line 1)" in failures[0].reason


def test_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_WORTH_PROCESSES", 0)
    monkeypatch.setattr(scanning, "_CHUNK", 1)
    write(tmp_path, {f"m{number}.py": f"def f{number}(): pass\n" for number in range(6)})
    paths = [f"m{number}.py" for number in range(6)]
    assert scanned(tmp_path, Cache(None), *paths, jobs=2) == scanned(tmp_path, Cache(None), *paths, jobs=1)


def test_cached_by_content_and_by_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": "def f(): pass\n"})
    cache = Cache(tmp_path / "cache")
    first, _ = scanned(tmp_path, cache, "a.py")
    monkeypatch.setattr(scanning, "read_module", lambda *_: pytest.fail("the file was read again"))
    assert scanned(tmp_path, cache, "a.py") == (first, [])
    monkeypatch.undo()
    write(tmp_path, {"a.py": "def g(): pass\n"})
    changed, _ = scanned(tmp_path, cache, "a.py")
    assert [function.qualname for function in changed["a"].functions] == ["g"]
    moved = [SourceFile("a.py", "src.a", Role.CODE)]
    sources, _ = read_sources(tmp_path, moved)
    assert scan(moved, sources, cache, 1, lambda *_: None)[0]["src.a"].module == "src.a"


def test_the_cache_folder_says_what_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    Cache(folder).put("facts", "key", 1)
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert (folder / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "CACHEDIR.TAG", "facts.pickle"]
    assert Cache(folder).get("facts", "key") == 1 and Cache(folder).get("facts", "other") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\x80\x05\x95" + b"\xff" * 8,
        b"\x80\x05\x8e" + b"\x7f" * 8,
        pickle.dumps("key"),
        pickle.dumps("key") + b"\x80",
        b"\x80\x04\x8c\x07no_such\x8c\x01x\x93.",
    ],
)
def test_a_damaged_cache_is_no_cache(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "facts.pickle").write_bytes(content)
    assert Cache(tmp_path).get("facts", "key") is None
    Cache(tmp_path).put("facts", "key", 2)
    assert Cache(tmp_path).get("facts", "key") == 2


def test_a_cache_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Cache(tmp_path / "file" / "cache").put("facts", "key", 1)  # below a file: nothing can be made there, even by root
    assert Cache(tmp_path / "file" / "cache").get("facts", "key") is None
    assert Cache(None).get("facts", "key") is None


def test_each_project_has_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIGRATE_CACHE_DIR", str(tmp_path))
    one, other = folder_of(tmp_path / "a"), folder_of(tmp_path / "b")
    assert one.parent == other.parent == tmp_path and one != other
    assert one.name == hashlib.sha256(str((tmp_path / "a").resolve()).encode()).hexdigest()[:16]


def test_names_in_templates(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.html": "<p class='outside'>{{ book.full_title|upper }}</p>{% if\n user.is_vip %}{% endif %}{# note #}",
            "b.html": b"{{ \xff.binary_name }}",
        },
    )
    found = names_in(tmp_path, ["a.html", "b.html", "gone.html"])
    assert {"book", "full_title", "is_vip"} <= set(found) and found["full_title"] == "a.html"
    assert found["binary_name"] == "b.html"
    assert "outside" not in found and "note" not in found

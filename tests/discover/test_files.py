from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from amigrate.discover.files import list_files, read_inside

Tree = Callable[[Mapping[str, str]], Path]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def listed(root: Path) -> list[str]:
    return list(list_files(root.resolve()).paths)


@pytest.fixture(params=["git", "walk"])
def finish(request: pytest.FixtureRequest) -> Callable[[Path], Path]:
    """Makes the tree a repository, or leaves it a plain folder: both have to give the same."""

    def done(root: Path) -> Path:
        if request.param == "git":
            git(root, "init", "-q")
        return root

    return done


def test_gitignore_at_every_level(tree: Tree, finish: Callable[[Path], Path]) -> None:
    root = finish(
        tree(
            {
                ".gitignore": "*.log\n/local/\nsecret_*.py\n",
                "shop/.gitignore": "!secret_kept.py\nscratch/\n",
                "shop/views.py": "",
                "shop/secret_kept.py": "",
                "shop/secret_lost.py": "",
                "shop/scratch/x.py": "",
                "shop/local/kept.py": "",
                "local/x.py": "",
                "debug.log": "",
            }
        )
    )
    assert listed(root) == [
        ".gitignore",
        "shop/.gitignore",
        "shop/local/kept.py",
        "shop/secret_kept.py",
        "shop/views.py",
    ]


def test_environments_caches_and_build_results_are_left_out(tree: Tree, finish: Callable[[Path], Path]) -> None:
    root = finish(
        tree(
            {
                "manage.py": "",
                "build/__init__.py": "",
                "build/models.py": "",
                "env312/pyvenv.cfg": "",
                "env312/lib/x.py": "",
                "node_modules/a/setup.py": "",
                "dist/lib/x.py": "",
                "web/build/lib/x.py": "",
                "shop.egg-info/x.py": "",
                ".mypy_cache/CACHEDIR.TAG": "",
                ".mypy_cache/x.py": "",
                "shop/__pycache__/x.py": "",
            }
        )
    )
    assert listed(root) == ["build/__init__.py", "build/models.py", "manage.py"]


def test_links(tree: Tree, tmp_path: Path, finish: Callable[[Path], Path]) -> None:
    root = tree({"shop/views.py": "", "manage.py": ""})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.py").write_text("")
    (tmp_path / "outside/data.csv").write_text("")
    (root / "inside.py").symlink_to("shop/views.py")
    (root / "inside_folder").symlink_to("shop")
    (root / "out.py").symlink_to(tmp_path / "outside/secret.py")
    (root / "out_folder").symlink_to(tmp_path / "outside")
    (root / "data.csv").symlink_to(tmp_path / "outside/data.csv")
    (root / "broken.py").symlink_to("nowhere.py")
    (root / "loop.py").symlink_to("loop.py")
    listing = list_files(finish(root).resolve())
    assert listing.paths == ("manage.py", "shop/views.py")
    assert [failure.path for failure in listing.failures] == ["broken.py", "loop.py", "out.py", "out_folder"]
    assert "broken symbolic link" in listing.failures[0].reason
    assert "out of the project" in listing.failures[3].reason


def test_a_tracked_folder_that_became_a_link_is_not_followed(tree: Tree, tmp_path: Path) -> None:
    root = tree({"shop/views.py": "", "manage.py": ""})
    git(root, "init", "-q")
    git(root, "add", "-A")
    (root / "shop").rename(tmp_path / "moved")
    (root / "shop").symlink_to(tmp_path / "moved")
    assert listed(root) == ["manage.py"]


def test_tracked_ignored_and_deleted_files(tree: Tree) -> None:
    root = tree({"kept.py": "", "gone.py": "", "tracked.py": "", "ignored.py": "", "ünï code.py": ""})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "rm", "-q", "--cached", "ignored.py")
    (root / ".gitignore").write_text("tracked.py\nignored.py\n")
    (root / "gone.py").unlink()
    assert listed(root) == [".gitignore", "kept.py", "tracked.py", "ünï code.py"]


def test_a_subfolder_of_a_repository(tree: Tree) -> None:
    root = tree({".gitignore": "cache/\n", "backend/manage.py": "", "backend/cache/x.py": "", "other.py": ""})
    git(root, "init", "-q")
    assert listed(root / "backend") == ["manage.py"]


def test_a_folder_that_git_ignores_as_a_whole_is_walked(tree: Tree) -> None:
    root = tree({".gitignore": "work/\n", "work/manage.py": ""})
    git(root, "init", "-q")
    assert listed(root / "work") == ["manage.py"]


def test_the_repository_cannot_start_a_program(tree: Tree, tmp_path: Path) -> None:
    root = tree({"manage.py": ""})
    program, trace = tmp_path / "program", tmp_path / "trace"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    program.chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "config", "core.fsmonitor", str(program))
    git(root, "config", "core.hooksPath", str(tmp_path))
    assert listed(root) == ["manage.py"]
    assert not trace.exists()


def test_variables_of_an_outer_git_do_not_matter(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"manage.py": ""})
    git(root, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert listed(root) == ["manage.py"]


def test_without_git(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({".gitignore": "x.py\n", "x.py": "", "manage.py": ""})
    git(root, "init", "-q")
    monkeypatch.setenv("PATH", "")
    assert listed(root) == [".gitignore", "manage.py"]


def test_a_folder_that_cannot_be_listed_is_a_failure(tree: Tree) -> None:
    root = tree({"manage.py": ""}).resolve()
    (root / "closed").mkdir()
    if os.geteuid():
        (root / "closed").chmod(0)
        reason = "Permission denied"
    else:  # nothing is closed to the superuser, but a path can be too long
        before = os.open(".", os.O_RDONLY)
        os.chdir(root / "closed")
        for _ in range(20):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)
        os.fchdir(before)
        os.close(before)
        reason = "File name too long"
    listing = list_files(root)
    (root / "closed").chmod(0o755)
    assert listing.paths == ("manage.py",)
    assert [reason in failure.reason for failure in listing.failures] == [True]


def test_a_pipe_and_an_undecodable_name(tree: Tree) -> None:
    root = tree({"manage.py": "", ".gitignore": ""})
    (root / ".gitignore").unlink()
    os.mkfifo(root / ".gitignore")
    os.mkfifo(root / "pipe.py")
    (root / os.fsdecode(b"caf\xe9.py")).write_text("")
    listing = list_files(root.resolve())
    assert listing.paths == ("manage.py",)
    assert [failure.path for failure in listing.failures] == ["caf\\udce9.py", "pipe.py"]


def test_read_inside_stays_inside(tree: Tree, tmp_path: Path) -> None:
    root = tree({"a/inside.txt": "yes"}).resolve()
    (tmp_path / "secret.txt").write_text("no")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert read_inside(root, "a/inside.txt") == b"yes"
    assert read_inside(root, "link.txt") == b""
    assert read_inside(root, "../secret.txt") == b""
    assert read_inside(root, "a") == b""
    assert read_inside(root, "a/inside.txt", limit=2) == b""

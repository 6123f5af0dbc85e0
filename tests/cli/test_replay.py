"""A preview that is shown again: only when nothing has changed, with the same exit code, and without heavy imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from amigrate_cli.replay.stamp import stamp
from tests.cli.conftest import environment
from tests.tree import write, write_project

VIEWS = """
from django.http import HttpResponse

from shop.models import Book


def count(request):
    return HttpResponse(Book.objects.count())
"""
URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.count)]\n"
Preview = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", {"shop/views.py": VIEWS, "config_urls.py": URLS, "shop/urls.py": URLS})


@pytest.fixture
def preview(tmp_path: Path, root: Path) -> Preview:
    """Runs the real preview; `heavy` is in stderr when Typer was imported."""
    (tmp_path / "home").mkdir()

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        code = "import sys, os, amigrate_cli.start as s\nend = os._exit\ndef ended(code):\n"
        code += " print('heavy' if 'typer' in sys.modules else 'light', file=sys.stderr, flush=True)\n end(code)\n"
        code += "os._exit = ended\ns.main()"
        env = environment(tmp_path / "home", AMIGRATE_CACHE_DIR=str(tmp_path / "cache"), **extra)
        line = [sys.executable, "-c", code, "preview", "--no-pyrefly", "--django", "5.2", "--jobs", "1", *arguments]
        return subprocess.run(line, cwd=root, env=env, text=True, capture_output=True, check=False, timeout=60)

    return run


def _text(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was written, without how long it took."""
    return [line.partition(" read in ")[0] for line in done.stdout.splitlines()]


def test_the_second_time_it_is_shown_as_it_was(preview: Preview) -> None:
    first, second = preview(), preview()
    assert (first.stderr, second.stderr) == ("heavy\n", "light\n")
    assert _text(first) == _text(second) and "Book.objects.count()" in first.stdout
    assert first.returncode == second.returncode == 0
    assert preview("--stat").stderr == "heavy\n"  # another command
    assert preview(NO_COLOR="1").stderr == "heavy\n"  # and another environment
    assert preview().stderr == "light\n"


def test_each_change_of_the_project_is_seen(preview: Preview, root: Path) -> None:
    preview()
    times = (root / "shop/views.py").stat()
    same_size = VIEWS.removeprefix("\n").replace("count()", "first()")
    (root / "shop/views.py").write_text(same_size)
    os.utime(root / "shop/views.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    changed = preview()
    assert "heavy" in changed.stderr and "Book.objects.afirst()" in changed.stdout
    assert preview().stderr == "light\n"
    write(root, {"shop/more.py": "x = 1\n"})
    assert "heavy" in preview().stderr
    (root / "shop/more.py").unlink()
    assert "heavy" in preview().stderr
    write(root, {".gitignore": "views.py\n"})
    assert "Book.objects" not in preview().stdout


def test_what_git_lists_is_seen(preview: Preview, root: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True)

    git("init")
    write(root, {".gitignore": "views.py\n"})
    assert "Book.objects" not in preview().stdout
    assert preview().stderr == "light\n"
    git("add", "--force", "shop/views.py")
    assert "Book.objects.acount()" in preview().stdout


def test_exit_codes_and_failures(preview: Preview, root: Path) -> None:
    first, second = preview("--check"), preview("--check")
    assert first.returncode == second.returncode == 1
    write(root, {"shop/broken.py": "def f(:\n"})
    first, second = preview(), preview()
    assert first.returncode == second.returncode == 3
    assert first.stderr.replace("heavy", "light") == second.stderr
    assert "shop/broken.py" in second.stderr


@pytest.mark.parametrize("option", ["--no-cache", "--json=report.json", "--patch=-", "--sarif=x", "--config=x.toml"])
def test_what_is_not_kept(preview: Preview, root: Path, option: str) -> None:
    (root.parent / "x.toml").write_text("[tool.amigrate]\n")
    for _ in range(2):
        assert "heavy" in preview(option.replace("x.toml", "../x.toml")).stderr
        assert "heavy" in preview(GITHUB_STEP_SUMMARY=str(root.parent / "page.md")).stderr
    write(root, {"pyproject.toml": "[tool.amigrate]\ncache = false\n"})
    for _ in range(2):
        assert "heavy" in preview().stderr


def test_what_is_damaged_is_made_again(preview: Preview, tmp_path: Path) -> None:
    first = preview()
    (output,) = (tmp_path / "cache" / "outputs").glob("*.output")
    output.write_bytes(output.read_bytes()[:40])
    again = preview()
    assert again.stderr == "heavy\n" and _text(again) == _text(first)
    assert preview().stderr == "light\n"


def test_a_reader_that_goes_away_keeps_nothing(preview: Preview, tmp_path: Path, root: Path) -> None:
    env = environment(tmp_path / "home", AMIGRATE_CACHE_DIR=str(tmp_path / "cache"))
    line = [sys.executable, "-m", "amigrate_cli", "preview", "--no-pyrefly", "--django", "5.2", "--jobs", "1"]
    with subprocess.Popen(line, cwd=root, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert not list((tmp_path / "cache").glob("outputs/*.output"))


def test_a_reader_that_goes_away_later(preview: Preview, tmp_path: Path, root: Path) -> None:
    env = environment(tmp_path / "home", AMIGRATE_CACHE_DIR=str(tmp_path / "cache"))
    line = [sys.executable, "-m", "amigrate_cli", "preview", "--no-pyrefly", "--django", "5.2", "--jobs", "1"]
    subprocess.run(line, cwd=root, env=env, check=True, capture_output=True)
    assert list((tmp_path / "cache").glob("outputs/*.output"))
    with subprocess.Popen(line, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_link_that_leads_elsewhere(preview: Preview, tmp_path: Path, root: Path) -> None:
    other = write_project(tmp_path / "other", {"shop/views.py": "x = 1\n"})
    (tmp_path / "current").symlink_to(root)
    assert "Book.objects" in preview("../current").stdout
    assert preview("../current").stderr == "light\n"
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(other)
    assert "Book.objects" not in preview("../current").stdout


def test_a_stamp_is_kept_only_of_what_has_settled(root: Path) -> None:
    write(root, {"shop/new.py": "x = 1\n"})
    assert stamp(root, settled=True) is None
    assert stamp(root) is not None
    assert stamp(root) == stamp(root)


def test_caches_and_environments_are_not_looked_at(root: Path) -> None:
    before = stamp(root)
    write(root, {".venv/pyvenv.cfg": "", ".venv/lib/x.py": "", "__pycache__/x.pyc": "", "node_modules/x.js": ""})
    assert stamp(root) == before
    (root / "link.py").symlink_to("manage.py")
    assert stamp(root) != before

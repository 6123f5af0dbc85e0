"""What users get: a wheel that works on its own, and a clone in which `make demo` works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.network]

MADE_LOCALLY = (".git", ".venv", ".venvs", ".corpus", ".bench", ".*_cache", "__pycache__", ".hypothesis")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working copy without anything that targets made in it."""
    folder = tmp_path_factory.mktemp("clone") / "amigrate"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*MADE_LOCALLY))
    return folder


def test_the_wheel_works_without_the_source(clone: Path, tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run([*pip, "--wheel-dir", tmp_path, clone], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("amigrate-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    assert "async-views" in _amigrate(tmp_path / "site", "list")
    shipped = {case.name for case in (tmp_path / "site" / "amigrate" / "fixtures" / "async-views").glob("*.py")}
    assert shipped
    assert shipped == {case.name for case in (ROOT / "fixtures" / "async-views").glob("*.py")}
    assert "async def" in _amigrate(tmp_path / "site", "explain", "async-views")


def test_make_demo_works_in_a_fresh_clone(clone: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        ["make", "demo", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    readme = (clone / "README.md").read_text()
    shown = readme.partition("```diff\n")[2].partition("\n```")[0].splitlines()
    assert "+async def book_detail(request: HttpRequest, slug: str) -> HttpResponse:" in shown
    assert [line for line in shown if line.startswith(("+", "-")) and line not in done.stdout.splitlines()] == []


def _amigrate(site: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "amigrate_cli", *arguments],
        cwd=site.parent,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

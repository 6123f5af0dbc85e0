"""The example projects on Channels: a copy of each in git, its own tests, and a server with the database of a test."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns

from tests.e2e.bookshop import OUTCOME, git
from tests.runtime.site_process import RUNTIME

PROJECTS = Path(__file__).parents[2] / "fixtures" / "projects"
_LISTENS = re.compile(r"running on http://127\.0\.0\.1:(\d+)\b")


def copy_of(name: str, folder: Path) -> Path:
    """A copy of a project, committed on the branch `main`."""
    copytree(PROJECTS / name, folder, ignore=ignore_patterns("__pycache__", "*.sqlite3", ".amigrate*"))
    (folder / ".gitignore").write_text("__pycache__/\n*.sqlite3\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "Reviewer")
    git(folder, "config", "user.email", "reviewer@example.org")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=As it was")
    return folder


def variables(**more: str) -> dict[str, str]:
    """django_ahead can be imported, as if it were installed."""
    return {**os.environ, "PYTHONPATH": str(RUNTIME), "PYTHONDONTWRITEBYTECODE": "1", **more}


def own_tests(folder: Path, python: Path) -> set[str]:
    """Runs the project's own tests, which must pass: their ids. Warnings about what was never awaited fail here."""
    command = [str(python), "-W", "error::RuntimeWarning", "manage.py", "test", "--verbosity=2"]
    done = subprocess.run(command, cwd=folder, env=variables(), capture_output=True, text=True, timeout=300)
    assert "never awaited" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return {match["path"] for match in OUTCOME.finditer(done.stderr)}


@contextmanager
def served(folder: Path, python: Path, application: str, database: Path, **more: str) -> Iterator[int]:
    """Serves a project with uvicorn on a free port; the value is the port."""
    environment = variables(PROJECT_DATABASE=str(database), PYTHONUNBUFFERED="1", **more)
    subprocess.run([str(python), "manage.py", "migrate", "-v0"], cwd=folder, env=environment, check=True, timeout=60)
    log = database.with_suffix(".log")
    with log.open("w") as output:
        command = [str(python), "-m", "uvicorn", application, "--port=0", "--no-access-log"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        yield _port(server, log)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        finally:
            server.kill()


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        if found := _LISTENS.search(log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise AssertionError(log.read_text())

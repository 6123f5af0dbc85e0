"""Fixtures for all tests: amigrate as a program, and interpreters with a given Django."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environments import DjangoEnv, environment

ROOT = Path(__file__).parents[1]

Amigrate = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and so would the programs that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def amigrate(tmp_path_factory: pytest.TempPathFactory) -> Amigrate:
    """Runs the command line of this working copy: `amigrate("preview", path)`. The caller checks the exit code."""
    cache = str(tmp_path_factory.mktemp("cache"))

    def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(str(ROOT / name) for name in ("codemods", "cli"))
        environment = {**os.environ, "PYTHONPATH": paths, "NO_COLOR": "1", "COLUMNS": "120"}
        environment["AMIGRATE_CACHE_DIR"] = cache
        environment.pop("FORCE_COLOR", None)
        command = [sys.executable, "-m", "amigrate_cli", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)

    return run


@pytest.fixture(scope="session")
def django_env() -> DjangoEnv:
    """The Python of a virtual environment with a given Django, as in `django_env("6.1")`.

    Environments also hold uvicorn and Jinja2. They are made once and kept in `.venvs/`. A machine without the Python
    that a Django needs fails the test: skipping it would hide that nothing was tested.
    """
    return environment

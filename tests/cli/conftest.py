"""Starting the real command line in a process of its own, over the toy engine, and real repositories to run it in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SOURCES = (TESTS.parent / "codemods", TESTS.parent / "cli", TESTS)
Cli = Callable[..., subprocess.CompletedProcess[str]]


def environment(home: Path, **extra: str) -> dict[str, str]:
    """What the process sees: none of the machine's git configuration, no colours but those asked for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "TOY_"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "EMAIL"):
        kept.pop(name, None)
    ours = {"PYTHONPATH": os.pathsep.join(map(str, SOURCES)), "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    return {**kept, **ours, "XDG_CONFIG_HOME": str(home), **extra}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder whose git configuration has an author."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n")
    return folder


@pytest.fixture
def command() -> list[str]:
    """What starts the command line over the toy engine."""
    return [sys.executable, "-m", "toy"]


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    """The environment it runs in."""
    return environment(home)


@pytest.fixture
def cli(command: list[str], env: dict[str, str]) -> Cli:
    """Runs `amigrate ARGUMENTS` over the toy engine; keyword arguments go into the environment."""

    def run(*arguments: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        line = [*command, *map(str, arguments)]
        return subprocess.run(
            line, cwd=cwd, env={**env, **extra}, text=True, capture_output=True, check=False, timeout=60
        )

    return run


@pytest.fixture
def git(home: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs git in the project, or in `cwd`; gives what it prints."""

    def run(*arguments: str | Path, cwd: Path = tmp_path / "project") -> str:
        command = ["git", *map(str, arguments)]
        done = subprocess.run(command, cwd=cwd, env=environment(home), text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project outside git, with two groups that share a file and have different leads."""
    folder = tmp_path / "project"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop/views.py").write_bytes(b"import this\na = old(1)  # g1 zeta\nkeep = 2\nb = old(2)  # g2 alpha\n")
    (folder / "shop/forms.py").write_bytes(b"c = old(3)  # g2 alpha\r\nd = 4")
    (folder / "shop/other.py").write_bytes(b"# nothing here\n# refuse transaction.atomic has no async form\n")
    return folder


@pytest.fixture
def repository(project: Path, git: Callable[..., str]) -> Path:
    """The same project, committed on the branch main."""
    git("init", "--quiet")
    git("add", "-A")
    git("commit", "--quiet", "-m", "start")
    return project

"""A host of the tests, with a clone of a project on it, and the command line over the toy engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.conftest import cli, command, env, git, home, project, repository
from tests.forges.server import TOKEN, Host, serving

__all__ = ["cli", "command", "env", "git", "home", "project", "repository"]

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]


@pytest.fixture
def bare(repository: Path, git: Git, tmp_path: Path) -> Path:
    """A bare repository with the project on its branch main, which is the remote `origin` of the project."""
    folder = tmp_path / "host/team/shop.git"
    folder.parent.mkdir(parents=True)
    git("init", "--quiet", "--bare", folder, cwd=tmp_path)
    git("config", "http.receivepack", "true", cwd=folder)
    git("remote", "add", "origin", folder)
    git("push", "--quiet", "origin", "main")
    return folder


@pytest.fixture
def host(bare: Path, repository: Path, git: Git) -> Iterator[Host]:
    """The host, which serves the bare repository; the project's remote is there, over HTTP."""
    with serving(bare.parents[1]) as host:
        git("remote", "set-url", "origin", f"{host.url}/team/shop.git")
        yield host


@pytest.fixture
def pr(cli: Cli, repository: Path, tmp_path: Path) -> Cli:
    """Runs `amigrate pr`, on the branch `async` unless another is given; with the token for both forges."""

    def run(*arguments: str | Path, **extra: str) -> CompletedProcess[str]:
        branch = () if "--branch" in arguments else ("--branch", "async")
        tokens = {"GH_ENTERPRISE_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN}
        tokens |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        return cli("pr", repository, *branch, *arguments, **{**tokens, **extra})

    return run

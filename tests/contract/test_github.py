"""Every request that we send to GitHub is valid by GitHub's own description: `make contract`.

Prism makes a mock server of it, which validates each request. It does not validate its own answers: some examples in
the description break their schema.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amigrate_cli.forges.address import Address
from amigrate_cli.forges.forge import Draft, Forge
from amigrate_cli.forges.gh import GhForge
from amigrate_cli.forges.github import GitHubForge
from amigrate_cli.forges.secret import Token
from tests.conftest import ROOT
from tests.contract.openapi import cut

FOLDER = ROOT / ".contract"
PACKAGES = ("@stoplight/prism-cli@5.14.2", "@octokit/openapi@23.0.2")
HEAD = "new-topic"  # the branch of the examples


@dataclass(frozen=True, slots=True)
class Mock:
    """The mock server, and what it writes."""

    host: str
    log: Path

    def size(self) -> int:
        """How much it has written."""
        return len(self.log.read_text())

    def said_since(self, size: int) -> list[str]:
        """What it has written of requests since."""
        return [line for line in self.log.read_text()[size:].splitlines() if "[HTTP SERVER]" in line]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the npm packages, which are kept between runs."""
    if not (FOLDER / "node_modules/.bin/prism").exists():
        FOLDER.mkdir(exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--prefix", FOLDER, *PACKAGES], check=True)
    return FOLDER / "node_modules"


@pytest.fixture(scope="session", params=["api.github.com", "ghes"])
def mock(request: pytest.FixtureRequest, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """GitHub and the newest GitHub Enterprise Server."""
    descriptions = packages / "@octokit/openapi/generated"
    found = [path for path in descriptions.glob(f"{request.param}*.json") if ".deref" not in path.name]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("prism")
    mock = Mock(f"127.0.0.1:{port}", folder / "log")
    (folder / "github.json").write_text(cut(max(found), mock.host))
    command: list[str | Path] = [
        packages / ".bin/prism",
        "mock",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        folder / "github.json",
    ]
    with mock.log.open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "NO_COLOR": "1"})
    try:
        _wait(server, mock)
        yield mock
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], mock: Mock) -> None:
    end = time.monotonic() + 120
    while "Prism is listening" not in mock.log.read_text():
        assert server.poll() is None and time.monotonic() < end, mock.log.read_text()
        time.sleep(0.1)


@pytest.fixture(params=["PyGithub", "gh"])
def forge(request: pytest.FixtureRequest, mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    address = Address("http", mock.host, "octocat/Hello-World", over_http=True)
    if request.param == "PyGithub":
        return GitHubForge(address, Token("a-token-of-tests", "a test"))
    program = tmp_path / "gh"
    text = (ROOT / "tests/forges/program.py").read_text().replace("@TOKEN@", "a-token-of-tests")
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return GhForge(address)


REQUESTS: dict[str, Callable[[Forge, int], object]] = {
    "find": lambda forge, number: forge.find(HEAD),
    "find_open": lambda forge, number: forge.find_open(HEAD),
    "create": lambda forge, number: forge.create(Draft(HEAD, "master", "A title", "A text", draft=True)),
    "update": lambda forge, number: forge.update(number, "Another text", "master"),
    "label": lambda forge, number: forge.label(number, ["async", "help wanted"]),
    "ask": lambda forge, number: forge.ask(number, ["ada", "team/backend"]),
    "comment": lambda forge, number: forge.comment(number, "A comment"),
    "close": lambda forge, number: forge.close(number),
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_we_send_is_valid(forge: Forge, mock: Mock, request_: str) -> None:
    (found,) = forge.find(HEAD)
    before = mock.size()
    REQUESTS[request_](forge, found.number)
    said = mock.said_since(before)
    assert any("Request received" in line for line in said)
    assert [line for line in said if "terminated" in line or "error" in line] == []


def test_what_is_not_valid_is_found(mock: Mock) -> None:
    """Else the other tests would show nothing."""
    request = urllib.request.Request(
        f"http://{mock.host}/api/v3/repos/octocat/Hello-World/pulls", data=b'{"title": 3}', method="POST",
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    with pytest.raises(urllib.error.HTTPError, match="422"):
        urllib.request.urlopen(request)

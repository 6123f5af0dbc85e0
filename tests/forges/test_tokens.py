"""Tokens: where they come from, to whom they go, and that nobody else sees them."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from amigrate_cli.errors import Stop
from amigrate_cli.forges.address import Address, address_of, require_private, without_userinfo
from amigrate_cli.forges.secret import Token, without_secrets
from amigrate_cli.forges.tokens import find_token
from tests.forges.server import TOKEN, Fault, Host

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]
SPY = """#!{python}
import os, sys
from pathlib import Path
lines = [Path(f"/proc/{{pid}}/cmdline").read_bytes() for pid in os.listdir("/proc") if pid.isdigit()
         and Path(f"/proc/{{pid}}/cmdline").exists()]
with open({log!r}, "ab") as log:
    log.write(b"\\n".join(lines) + repr(sys.argv).encode() + b"\\n")
os.execv({git!r}, [{git!r}, *sys.argv[1:]])
"""


def all_text(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_it_is_in_no_argument_file_or_message(
    pr: Cli, host: Host, repository: Path, home: Path, tmp_path: Path, git: Git
) -> None:
    import shutil

    log = tmp_path / "arguments"
    spy = tmp_path / "bin/git"
    spy.parent.mkdir()
    spy.write_text(SPY.format(python=sys.executable, log=str(log), git=shutil.which("git")))
    spy.chmod(0o755)
    host.faults += [Fault("POST .*/git-receive-pack", 0), Fault("GET .*/pulls$", 502), Fault("POST .*/labels", 422)]
    extra = {"PATH": f"{spy.parent}:{os.environ['PATH']}", "GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1"}
    done = pr("--forge", "github", "--label", "x", "--json", tmp_path / "report.json", **extra)
    assert done.returncode == 0, done.stderr
    assert any(headers.get("Authorization", "").startswith("Basic ") for headers in host.headers), "git had it"
    basic = base64.b64encode(f"x-access-token:{TOKEN}".encode())
    seen = [log.read_bytes(), all_text(repository / ".git"), all_text(home), done.stdout.encode(), done.stderr.encode()]
    seen += [(tmp_path / "report.json").read_bytes(), host.pulls[0]["body"].encode()]
    assert b"push" in seen[0]
    for text in seen:
        assert TOKEN.encode() not in text and basic not in text


def test_a_header_that_a_checkout_left_behind_is_not_sent_too(pr: Cli, host: Host, git: Git) -> None:
    """As CI jobs have it in .git/config: GitHub refuses a request with two."""
    git("config", f"http.{host.url}/.extraHeader", "Authorization: Basic b2xkOm9sZA==")
    done = pr("--forge", "github")
    assert done.returncode == 0, done.stderr
    assert len(host.pulls) == 1


def test_a_bug_shows_no_token(pr: Cli, host: Host, tmp_path: Path, env: dict[str, str]) -> None:
    """A traceback whose message has the token in it, as one of a library could."""
    sitecustomize = tmp_path / "site/sitecustomize.py"
    sitecustomize.parent.mkdir()
    sitecustomize.write_text(
        "import requests\n"
        "def send(self, request, **kwargs): raise RuntimeError(dict(request.headers))\n"
        "requests.adapters.HTTPAdapter.send = send\n"
    )
    done = pr("--forge", "github", PYTHONPATH=f"{sitecustomize.parent}:{env['PYTHONPATH']}")
    assert done.returncode == 3 and "RuntimeError" in done.stderr and "***" in done.stderr
    assert TOKEN not in done.stderr + done.stdout


def test_a_password_in_the_url_of_the_remote_is_not_shown(pr: Cli, host: Host, git: Git) -> None:
    git("remote", "set-url", "origin", f"http://ada:hunter2@{host.address}/team/gone.git")
    done = pr("--forge", "none")
    assert done.returncode == 3 and "gone.git" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without tokens, and with a folder for programs."""
    for name in list(os.environ):
        if name.startswith(("GH_", "GITHUB_", "GITLAB_", "CI_", "GL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return tmp_path


def at(host: str) -> Address:
    return Address("https", host, "team/shop", over_http=True)


@pytest.mark.parametrize(
    ("kind", "host", "variables", "source"),
    [
        ("github", "github.com", ("GITHUB_TOKEN", "GH_TOKEN"), "GH_TOKEN"),
        ("github", "github.com", ("GITHUB_TOKEN",), "GITHUB_TOKEN"),
        ("github", "github.com", ("GH_ENTERPRISE_TOKEN",), ""),
        ("github", "git.corp.example", ("GH_TOKEN", "GITHUB_TOKEN"), ""),
        ("github", "git.corp.example", ("GH_ENTERPRISE_TOKEN",), "GH_ENTERPRISE_TOKEN"),
        ("github", "corp.ghe.com", ("GH_TOKEN",), "GH_TOKEN"),
        ("gitlab", "gitlab.com", ("GITLAB_TOKEN",), "GITLAB_TOKEN"),
        ("gitlab", "gitlab.evil.example", ("GITLAB_TOKEN",), ""),
        ("gitlab", "git.corp.example", ("GITLAB_TOKEN", "GITLAB_HOST"), "GITLAB_TOKEN"),
        ("gitlab", "git.corp.example", ("GITLAB_TOKEN", "CI_SERVER_URL"), "GITLAB_TOKEN"),
    ],
)
def test_a_variable_is_for_its_host_only(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, kind: str, host: str, variables: tuple[str, ...], source: str
) -> None:
    for name in variables:
        monkeypatch.setenv(name, "secret-of-a-test" if name.endswith("TOKEN") else "https://git.corp.example")
    found = find_token(kind, at(host))  # type: ignore[arg-type]  # a parameter of the test
    assert (found.source if found else "") == source


def test_the_program_is_asked_for_the_host(nothing: Path) -> None:
    gh = nothing / "gh"
    gh.write_text('#!/bin/sh\n[ "$*" = "auth token --hostname git.corp.example" ] && echo from-gh\n')
    gh.chmod(0o755)
    found = find_token("github", at("git.corp.example"))
    assert found and (found.value, found.source) == ("from-gh", "`gh`")
    assert find_token("github", at("other.example")) is None


def test_a_keyring(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return "kept-in-keyring" if (service, username) == ("amigrate", "github.com") else None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())  # type: ignore[no-untyped-call]  # keyring has no types here
    try:
        found = find_token("github", at("github.com"))
        assert found and (found.value, found.source) == ("kept-in-keyring", "the keyring")
        assert find_token("github", at("other.example")) is None
    finally:
        keyring.set_keyring(before)


def test_what_prints_a_token_prints_no_token() -> None:
    token = Token("very-secret-value", "a test")
    assert "very-secret" not in repr(token)
    assert without_secrets(f"a {token.value} b {token.basic}") == "a *** b ***"
    assert without_userinfo("to https://ada:pw@host/x and ssh://git@host/y") == "to https://host/x and ssh://host/y"


def test_no_token_goes_unencrypted() -> None:
    with pytest.raises(Stop, match="a token would be sent unencrypted"):
        require_private(Address("http", "git.corp.example", "team/shop", over_http=True))
    require_private(Address("http", "127.0.0.1:8000", "team/shop", over_http=True))


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("https://github.com/team/shop.git", "https://github.com/team/shop"),
        ("https://ada:pw@GitHub.com/team/shop", "https://github.com/team/shop"),
        ("git@github.com:team/shop.git", "https://github.com/team/shop"),
        ("ssh://git@ssh.github.com:443/team/shop.git", "https://github.com/team/shop"),
        ("https://gitlab.example:8443/a/b/c.git/", "https://gitlab.example:8443/a/b/c"),
        ("/srv/git/shop.git", ""),
        ("file:///srv/git/shop.git", ""),
        ("../shop.git", ""),
        ("C:\\\\repos\\\\shop.git", ""),
    ],
)
def test_addresses(url: str, web: str) -> None:
    found = address_of(url)
    assert (found.web if found else "") == web

"""Finding a token: in the environment, from the forge's own program, in a keyring; and only for the host it is for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

from amigrate_cli.forges.address import Address, Kind
from amigrate_cli.forges.secret import Token

SERVICE = "amigrate"  # in the keyring: this service, and the host as the user
_PATIENCE = 20  # seconds for a program that may ask a keyring


def find_token(kind: Kind, address: Address) -> Token | None:
    """The first token for the host of `address`; None when there is none.

    Variables are those of the forges' own programs, with their rules: those of github.com and gitlab.com are never sent
    to another host, unless another variable names that host.
    """
    for name in _variables(kind, address.host):
        if value := os.environ.get(name, "").strip():
            return Token(value, name)
    return _from_program(kind, address.host) or _from_keyring(address.host)


def remedies(kind: Kind, address: Address) -> str:
    """What a user without a token can do."""
    program = "gh" if kind == "github" else "glab"
    names = list(_variables(kind, address.host)) or [f"GITLAB_HOST={address.host} and GITLAB_TOKEN"]
    return (
        f"set {' or '.join(names)}, log in with `{program} auth login --hostname {address.host}`, keep one with "
        f"`keyring set {SERVICE} {address.host}`, or use --forge none"
    )


def _variables(kind: Kind, host: str) -> Iterator[str]:
    if kind == "gitlab":
        own = {os.environ.get(name, "").rpartition("//")[2].strip("/") for name in ("GITLAB_HOST", "GL_HOST")}
        if host == "gitlab.com" or host in own or host == _ci_host():
            yield from ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN")
        return
    runner = os.environ.get("GITHUB_SERVER_URL", "").rpartition("//")[2]
    if host == "github.com" or host.endswith(".ghe.com") or host == runner:
        yield from ("GH_TOKEN", "GITHUB_TOKEN")
    else:
        yield from ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


def _ci_host() -> str:
    return os.environ.get("CI_SERVER_URL", "").rpartition("//")[2].strip("/")


def _from_program(kind: Kind, host: str) -> Token | None:
    name, *arguments = (
        ("gh", "auth", "token", "--hostname", host)
        if kind == "github"
        else ("glab", "config", "get", "token", "--host", host)
    )
    program = shutil.which(name)
    if not program:
        return None
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    value = done.stdout.decode(errors="replace").strip()
    return Token(value, f"`{name}`") if done.returncode == 0 and value else None


def _from_keyring(host: str) -> Token | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        value = keyring.get_password(SERVICE, host)
    except (KeyringError, RuntimeError):  # locked, or none on this machine
        return None
    return Token(value, "the keyring") if value else None

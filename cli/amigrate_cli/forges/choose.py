"""The forge for a remote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from amigrate_cli.errors import Stop
from amigrate_cli.forges.address import Address, Kind, require_private
from amigrate_cli.forges.forge import Forge
from amigrate_cli.forges.none import NoForge
from amigrate_cli.forges.secret import Token
from amigrate_cli.forges.tokens import find_token, remedies

Name = Literal["auto", "github", "gitlab", "gh", "glab", "none"]
_KINDS: dict[Name, Kind] = {"github": "github", "gh": "github", "gitlab": "gitlab", "glab": "gitlab"}
_PROGRAMS: dict[Kind, str] = {"github": "gh", "gitlab": "glab"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A forge, of which kind it is, and the token that git may push with."""

    forge: Forge
    kind: Kind | None
    token: Token | None


def choose_forge(name: Name, address: Address | None, folder: Path) -> Chosen:
    """The forge called `name`, or the one that `address` speaks for; `folder` is for `none`.

    Raises:
        Stop: it cannot be told, or there is no token, no program or no library for it.
    """
    if name == "none":
        return Chosen(NoForge(folder), _kind_of(address) if address else None, None)
    if address is None:
        raise Stop(f"--forge {name}: the remote is a folder, where no forge is; give --forge none")
    kind = _KINDS.get(name) or _kind_of(address)
    if kind is None:
        raise Stop(f"{address.host}: is it GitHub or GitLab? give --forge github, gitlab or none")
    require_private(address)
    token = find_token(kind, address)
    if name == "auto":
        name = kind if token or not shutil.which(_PROGRAMS[kind]) else _program(kind)
    return Chosen(_made(name, kind, address, token), kind, token)


def _program(kind: Kind) -> Name:
    return "gh" if kind == "github" else "glab"


def _made(name: Name, kind: Kind, address: Address, token: Token | None) -> Forge:
    if name == "gh":
        from amigrate_cli.forges.gh import GhForge

        return GhForge(address)
    if name == "glab":
        from amigrate_cli.forges.glab import GlabForge

        return GlabForge(address)
    if token is None:
        raise Stop(f"no token for {address.host}: {remedies(kind, address)}")
    return _library(kind)(address, token)


def _library(kind: Kind) -> Callable[[Address, Token], Forge]:
    try:
        if kind == "github":
            from amigrate_cli.forges.github import GitHubForge

            return GitHubForge
        from amigrate_cli.forges.gitlab import GitLabForge

        return GitLabForge
    except ImportError as error:
        program = _program(kind)
        raise Stop(
            f"--forge {kind} needs {error.name or kind}: pip install 'amigrate[{kind}]', or use --forge {program}"
        ) from error


def _kind_of(address: Address) -> Kind | None:
    for kind, names in (("github", ("GH_HOST", "GITHUB_SERVER_URL")), ("gitlab", ("GITLAB_HOST", "CI_SERVER_URL"))):
        if any(os.environ.get(name, "").rpartition("//")[2].strip("/") == address.host for name in names):
            return "github" if kind == "github" else "gitlab"
    if address.host.endswith(".ghe.com") or "github" in address.host:
        return "github"
    return "gitlab" if "gitlab" in address.host else None

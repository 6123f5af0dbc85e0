"""A remote: what branches it has, fetching from it, and pushing to it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amigrate_cli.errors import FAILED, Stop
from amigrate_cli.forges.address import Address, address_of, without_userinfo
from amigrate_cli.forges.forge import Busy
from amigrate_cli.forges.secret import without_secrets
from amigrate_cli.git.command import GitError, git, git_line
from amigrate_cli.git.repository import Repository

if TYPE_CHECKING:
    from amigrate_cli.forges.secret import Token

_REJECTED = re.compile(r"^!\t.*\t\[(?:remote )?rejected\] (.*)$", re.MULTILINE)
# What git says when it is the network, or the other side is out of order: worth another try.
_PASSING = (
    "could not resolve host", "couldn't resolve host", "connection reset", "connection refused", "connection timed out",
    "failed to connect", "operation timed out", "the remote end hung up", "early eof", "rpc failed", "broken pipe",
    "unexpected disconnect", "returned error: 500", "returned error: 502", "returned error: 503",
    "returned error: 504", "returned error: 429", "empty reply from server", "network is unreachable",
    "connection closed by", "temporary failure in name resolution", "gnutls", "ssl_read", "recv failure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote of a repository. `environment` lets git use our token for it, and only for it."""

    repository: Repository
    name: str
    address: Address | None
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Branches:
    """What a remote has: its default branch (empty if it has none), and its branches with their commits."""

    default: str
    tips: Mapping[str, str]


def find_remote(repository: Repository, name: str) -> Remote:
    """The remote called `name`.

    Raises:
        Stop: there is none.
    """
    if name not in git_line(repository.top, "remote").split("\n"):
        raise Stop(f"--remote {name}: there is no such remote; `git remote -v` lists them")
    url = git_line(repository.top, "remote", "get-url", "--push", name)
    return Remote(repository, name, address_of(url), {})


def with_token(remote: Remote, token: Token | None) -> Remote:
    """The remote, to which git shows `token` when it goes over HTTP.

    The token is in the environment of our git commands only: not in arguments, and in no file of git's.
    """
    if token is None or remote.address is None or not remote.address.over_http:
        return remote
    number = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    key = f"http.{remote.address.scheme}://{remote.address.host}/.extraHeader"
    settings = {
        "GIT_CONFIG_COUNT": str(number + 2),
        # an empty one takes back those of files, such as a checkout in CI leaves: two would be refused
        f"GIT_CONFIG_KEY_{number}": key,
        f"GIT_CONFIG_VALUE_{number}": "",
        f"GIT_CONFIG_KEY_{number + 1}": key,
        f"GIT_CONFIG_VALUE_{number + 1}": f"Authorization: Basic {token.basic}",
        "GIT_TRACE_REDACT": "1",  # traces that the user asks for do not show it
        "GIT_TERMINAL_PROMPT": "0",
    }
    return Remote(remote.repository, remote.name, remote.address, settings)


def branches_of(remote: Remote) -> Branches:
    """The branches of the remote, now.

    Raises:
        Busy, Stop: it does not answer.
    """
    default, tips = "", {}
    for line in _run(remote, "ls-remote", "--symref", remote.name, "HEAD", "refs/heads/*").splitlines():
        what, _, name = line.partition("\t")
        if name == "HEAD" and what.startswith("ref: refs/heads/"):
            default = what.removeprefix("ref: refs/heads/")
        elif name.startswith("refs/heads/"):
            tips[name.removeprefix("refs/heads/")] = what
    return Branches(default if default in tips else "", tips)


def fetch(remote: Remote, branches: Sequence[str]) -> None:
    """Fetches these branches to where `git fetch` puts them.

    Raises:
        Busy, Stop: it does not answer.
    """
    specs = [f"+refs/heads/{name}:refs/remotes/{remote.name}/{name}" for name in branches]
    _run(remote, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote.name, *specs)


class Rejected(Exception):
    """The remote has another commit than expected on the branch, or does not take ours. The message says which."""


def push(remote: Remote, branch: str, commit: str, expected: str) -> None:
    """Makes `commit` the tip of `branch` over there, if it has `expected` now; empty: if there is no such branch.

    Raises:
        Rejected: it has another one, or a hook or rule over there refuses ours.
        Busy, Stop: it does not answer, or a hook here refuses.
    """
    lease = f"--force-with-lease=refs/heads/{branch}:{expected}"
    try:
        _run(remote, "push", "--quiet", "--porcelain", lease, remote.name, f"{commit}:refs/heads/{branch}")
    except (Busy, Rejected):
        # the commit may have come through before the connection broke, and was perhaps sent twice
        if branches_of(remote).tips.get(branch) != commit:
            raise


def _run(remote: Remote, *arguments: str) -> str:
    try:
        return os.fsdecode(git(remote.repository.top, *arguments, environment=remote.environment))
    except GitError as error:
        said = clean(str(error))
        if found := _REJECTED.search(error.printed):
            raise Rejected(clean(f"{found[1]}\n{said}")) from None
        lower = said.lower()
        if any(words in lower for words in _PASSING):
            raise Busy(f"{remote.name}: {said.splitlines()[-1]}") from None
        raise Stop(f"git {arguments[0]} {remote.name}: {said}", FAILED) from None


def clean(said: str) -> str:
    """What git said, without tokens and passwords."""
    return without_userinfo(without_secrets(said))

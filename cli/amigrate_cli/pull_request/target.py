"""The base as the remote has it now, and the project there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amigrate_cli.errors import Stop
from amigrate_cli.forges.patience import Patience
from amigrate_cli.git.pending import Note
from amigrate_cli.git.remote import Branches, Remote, branches_of, fetch
from amigrate_cli.git.repository import require_branch_name, require_identity
from amigrate_cli.git.worktree import checkout
from amigrate_cli.pull_request.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Target:
    """Where all goes: the base branch of the remote and its commit, and the commits of all branches there."""

    remote: Remote
    base: str
    base_sha: str
    tips: Mapping[str, str]


def find_target(remote: Remote, wishes: Wishes, patience: Patience) -> Target:
    """Asks the remote, and fetches the base and what is there of our branches.

    Raises:
        Stop: it does not answer, has no such base, or the branch is the base.
    """
    repository = remote.repository
    require_branch_name(repository, wishes.branch)
    require_identity(repository)
    found = patience.attempt(f"asking {remote.name}", lambda: branches_of(remote))
    base = wishes.base or found.default
    if base not in found.tips:
        raise Stop(_no_base(remote, base, found))
    if wishes.branch in (base, found.default):
        raise Stop(f"--branch {wishes.branch}: is the base or the default branch of {remote.name}; choose another name")
    ours = [name for name in found.tips if name == wishes.branch or name.startswith(f"{wishes.branch}-")]
    patience.attempt(f"fetching from {remote.name}", lambda: fetch(remote, [base, *ours]))
    return Target(remote, base, found.tips[base], found.tips)


def _no_base(remote: Remote, base: str, found: Branches) -> str:
    if not found.tips:
        return f"{remote.name} has no branch yet; push the base branch first"
    if base:
        return f"--base {base}: {remote.name} has no such branch; it has {', '.join(sorted(found.tips)[:10])}"
    return f"{remote.name} does not say which branch is its default; give --base"


@contextmanager
def project_at(target: Target, note: Note) -> Iterator[Path]:
    """The project as the base has it, in a temporary work tree: what only the user's checkout has plays no part.

    Raises:
        Stop: the base does not have the project.
    """
    repository = target.remote.repository
    with checkout(repository, note, target.base_sha) as tree:
        if not (tree / repository.prefix).is_dir():
            raise Stop(f"{target.remote.name}/{target.base} has no folder {repository.prefix}")
        yield tree / repository.prefix

"""A run of `amigrate pr`: the base as the remote has it, what would change there, and a pull request for each part."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from amigrate.codemod import Metadata
from amigrate.model import ChangeSet
from amigrate_cli.deliver.division import by_app, by_codemod, by_most_edits, division_of
from amigrate_cli.deliver.owners import PLACES, owner_of, read_codeowners
from amigrate_cli.errors import FAILED, INTERRUPTED, Stop
from amigrate_cli.forges.forge import Forge, ForgeError
from amigrate_cli.forges.patience import Patience
from amigrate_cli.git.command import git
from amigrate_cli.git.commits import Commit, commits_of
from amigrate_cli.git.pending import Note
from amigrate_cli.git.remote import Branches, Remote, branches_of, fetch
from amigrate_cli.git.repository import Repository, common_dir, require_branch_name, require_identity
from amigrate_cli.git.worktree import checkout
from amigrate_cli.pull_request.body import bodies, fields_of, template_of
from amigrate_cli.pull_request.marks import mark_in
from amigrate_cli.pull_request.parts import Part, SelectGroups, divided, undivided
from amigrate_cli.pull_request.publish import Publisher, Wanted, close, publish
from amigrate_cli.pull_request.wishes import Wishes

_IN_URL = ":/?#[]@!$&+,;=%"


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


def publish_all(
    target: Target,
    wishes: Wishes,
    forge: Forge,
    patience: Patience,
    note: Note,
    project: Path,
    change_set: ChangeSet,
    codemods: Sequence[Metadata],
    select_groups: SelectGroups,
    say: Callable[[str], None],
) -> list[Stop]:
    """Publishes each part, and closes what earlier runs opened for parts that are no more. Gives what went wrong.

    `project` is the folder that `change_set` was made from. One part that fails does not keep those beside it.
    """
    repository = target.remote.repository
    records = common_dir(repository) / "amigrate"
    publisher = Publisher(repository, target.remote, forge, patience, note, records, codemods, target.tips, say)
    parts = _parts(repository, project, wishes, change_set, select_groups)
    template = wishes.template if wishes.template is not None else template_of(_top_of(repository, project))
    review = _review(wishes, forge, patience, say)
    tips = {"": (target.base, target.base_sha)}
    failures: list[Stop] = []
    for part in parts:
        if part.below not in tips:
            failures.append(Stop(f"{part.branch}: waits for the one below it", FAILED))
            continue
        base, base_sha = tips[part.below]
        before, text = bodies(template, fields_of(part.own, {one.id: one for one in codemods}, review))
        title = f"{wishes.title}: {part.name}" if part.name else wishes.title
        wanted = Wanted(
            base, base_sha, title, before, text, wishes.draft, wishes.labels, wishes.reviewers, wishes.branch
        )
        try:
            tip = publish(publisher, part, _commits(part, wishes, project, repository, codemods, select_groups), wanted)
        except Stop as stop:
            if stop.code == INTERRUPTED:
                raise
            failures.append(stop)
        else:
            tips[part.name] = (part.branch, tip) if tip else (base, base_sha)
    try:
        _close_others(publisher, wishes, {part.branch for part in parts})
    except Stop as stop:
        failures.append(stop)
    return failures


def _parts(
    repository: Repository, project: Path, wishes: Wishes, change_set: ChangeSet, select_groups: SelectGroups
) -> tuple[Part, ...]:
    if not wishes.split:
        return undivided(change_set, wishes.branch)
    return divided(change_set, wishes.branch, _division(repository, project, wishes.split, change_set), select_groups)


def _division(repository: Repository, project: Path, split: str, change_set: ChangeSet) -> Mapping[str, str]:
    if split == "app":
        return by_app(change_set, _files(project))
    if split == "codemod":
        return by_codemod(change_set)
    codeowners = read_codeowners(_top_of(repository, project))
    if codeowners is None:
        raise Stop(f"--split owner: there is no CODEOWNERS; looked for {', '.join(PLACES)}")
    owner = owner_of(codeowners)
    return by_most_edits(change_set, lambda path: owner(Path(repository.prefix, path).as_posix()))


def _top_of(repository: Repository, project: Path) -> Path:
    depth = 0 if repository.prefix == "." else len(Path(repository.prefix).parts)
    return project.parents[depth - 1] if depth else project


def _files(project: Path) -> list[str]:
    return [os.fsdecode(path) for path in git(project, "ls-files", "-z").split(b"\0") if path]


def _commits(
    part: Part,
    wishes: Wishes,
    project: Path,
    repository: Repository,
    codemods: Sequence[Metadata],
    select_groups: SelectGroups,
) -> tuple[Commit, ...]:
    division = {**division_of(part.whole, wishes.commits_by, _files(project))}
    first = ""  # what is below comes first, and has its commits already
    division |= {group: first for group in division if group not in part.groups}
    order = [first, *(one.id for one in codemods)]
    return tuple(one for one in commits_of(part.whole, order, select_groups, division) if one.name != first)


def _review(wishes: Wishes, forge: Forge, patience: Patience, say: Callable[[str], None]) -> str:
    """Markdown that leads to the review as HTML."""
    if "://" in wishes.review:
        return f"[The whole review, with each change beside its reason]({quote(wishes.review, safe=_IN_URL)})"
    if wishes.review:
        file = Path(wishes.review)
        try:
            link = patience.attempt("attaching the review", lambda: forge.attach(file))
        except (ForgeError, OSError) as error:
            raise Stop(f"--review {file}: {error}") from error
        if link:
            return f"The whole review, with each change beside its reason: {link}"
        say(f"Not attached: {file}: this forge keeps no files; give --review a URL")
    return _from_ci()


def _from_ci() -> str:
    """A link to what the surrounding CI job keeps, if there is one."""
    known = os.environ.get
    if known("GITHUB_RUN_ID") and known("GITHUB_REPOSITORY"):
        server = known("GITHUB_SERVER_URL", "https://github.com")
        return f"Made by [this run]({server}/{known('GITHUB_REPOSITORY')}/actions/runs/{known('GITHUB_RUN_ID')})."
    return f"Made by [this job]({known('CI_JOB_URL')})." if known("CI_JOB_URL") else ""


def _close_others(publisher: Publisher, wishes: Wishes, branches: set[str]) -> None:
    """Closes the open pull requests of earlier runs under this name whose part is no more."""
    try:
        found = publisher.patience.attempt("looking for others", lambda: publisher.forge.find_open(wishes.branch))
        for request in found:
            mark = mark_in(request.body)
            if mark and mark.series == wishes.branch and request.head not in branches:
                close(publisher, request)
    except ForgeError as error:
        raise Stop(f"looking for pull requests of earlier runs: {error}", FAILED) from error

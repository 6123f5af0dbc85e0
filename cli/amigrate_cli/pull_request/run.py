"""A run of `amigrate pr`: the base as the remote has it, what would change there, and a pull request for each part."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate.model import ChangeSet, FileChange
from amigrate_cli.deliver.division import by_app, by_codemod, by_most_edits, division_of
from amigrate_cli.deliver.owners import PLACES, owner_of, read_codeowners
from amigrate_cli.errors import FAILED, INTERRUPTED, Stop
from amigrate_cli.forges.forge import Forge, ForgeError
from amigrate_cli.forges.patience import Patience
from amigrate_cli.git.command import git
from amigrate_cli.git.commits import Commit, commits_of
from amigrate_cli.git.pending import Note
from amigrate_cli.git.repository import Repository, common_dir
from amigrate_cli.pull_request.body import bodies, fields_of, template_of
from amigrate_cli.pull_request.marks import mark_in
from amigrate_cli.pull_request.ownership import require_ours
from amigrate_cli.pull_request.parts import Part, SelectGroups, divided, undivided
from amigrate_cli.pull_request.publish import publish
from amigrate_cli.pull_request.requests import close
from amigrate_cli.pull_request.review_link import review_link
from amigrate_cli.pull_request.shared import Publisher, Wanted
from amigrate_cli.pull_request.target import Target
from amigrate_cli.pull_request.wishes import Wishes

if TYPE_CHECKING:
    from amigrate.codemod import Metadata

_BELOW = ""  # as the name of a commit: what is below comes first, and has its commits already


@dataclass(frozen=True, slots=True)
class _Base:
    """What a part is based on, and whether all of it is as we made it, or the base branch itself."""

    branch: str
    commit: str
    ours: bool


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
    review = review_link(wishes, forge, patience, say) if change_set.changes else ""
    bases = {"": _Base(target.base, target.base_sha, ours=True)}
    failures: list[Stop] = []
    for part in parts:
        if part.below not in bases:
            failures.append(Stop(f"{part.branch}: waits for the one below it", FAILED))
            continue
        base = bases[part.below]
        about = _of_its_files(part.own) if part.name else part.own
        before, text = bodies(template, fields_of(about, {one.id: one for one in codemods}, review))
        title = f"{wishes.title}: {part.name}" if part.name else wishes.title
        commits = _commits(part, wishes, project, repository, codemods, select_groups)
        below = commits[0].files if commits and commits[0].name == _BELOW else ()
        wanted = Wanted(
            base.branch,
            base.commit,
            title,
            before,
            text,
            wishes.draft,
            wishes.labels,
            wishes.reviewers,
            series=wishes.branch,
            expected={} if base.ours else _expected(part, below),
        )
        try:
            there = publish(publisher, part, commits[1:] if below else commits, wanted)
        except Stop as stop:
            if stop.code == INTERRUPTED:
                raise
            failures.append(stop)
        else:
            bases[part.name] = _Base(part.branch, there.tip, there.tip in there.ours) if there else base
    try:
        _close_others(publisher, wishes, {part.branch for part in parts}, target.base_sha)
    except Stop as stop:
        failures.append(stop)
    return failures


def _of_its_files(change_set: ChangeSet) -> ChangeSet:
    """A part without what was left alone in files of others."""
    paths = {one.path for one in change_set.changes}
    return replace(change_set, refusals=tuple(one for one in change_set.refusals if one.path in paths))


def _expected(part: Part, below: Sequence[FileChange]) -> Mapping[str, bytes]:
    """What the files of a part hold where it begins."""
    return {one.path: one.before for one in part.whole.changes} | {one.path: one.after for one in below}


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
    division |= {group: _BELOW for group in division if group not in part.groups}
    order = [_BELOW, *(one.id for one in codemods)]
    return tuple(commits_of(part.whole, order, select_groups, division))


def _close_others(publisher: Publisher, wishes: Wishes, branches: set[str], base_sha: str) -> None:
    """Closes the open pull requests of earlier runs under this name whose part is no more."""
    try:
        found = publisher.patience.attempt("looking for others", lambda: publisher.forge.find_open(wishes.branch))
        for request in found:
            mark = mark_in(request.body)
            if mark and mark.series == wishes.branch and request.head not in branches:
                require_ours(publisher, request.head, [request], base_sha)
                close(publisher, request)
    except ForgeError as error:
        raise Stop(f"looking for pull requests of earlier runs: {error}", FAILED) from error

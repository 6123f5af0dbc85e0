"""`amigrate apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from amigrate_cli.engine import analyse, report_failures
from amigrate_cli.errors import Stop
from amigrate_cli.options import Common, project_root, with_common
from amigrate_cli.reports import write_reports

if TYPE_CHECKING:
    from amigrate.model import ChangeSet

CommitsBy = Literal["codemod", "app", "group"]

EPILOG = """\b
Examples:
  amigrate apply --branch async-views      commits on a new branch, your checkout stays as it is
  amigrate apply --branch async-views --commits app
  amigrate apply --in-place                writes the files
  amigrate apply --in-place --confidence safe -s orm-terminal
"""


@with_common
def apply(
    common: Common,
    branch: Annotated[
        str | None,
        typer.Option("--branch", metavar="NAME", help="Commit on this new branch, not in your checkout."),
    ] = None,
    commits: Annotated[
        CommitsBy | None, typer.Option("--commits", help="With --branch: a commit for each of these. Default: codemod.")
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Write the files.")] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="With --in-place: even when there are uncommitted changes.")
    ] = False,
) -> None:
    """Make the changes, on a new branch or in place."""
    if bool(branch) == in_place:
        raise Stop("give either --branch NAME or --in-place")
    if branch and allow_dirty:
        raise Stop("--allow-dirty goes with --in-place only: a branch starts from a commit")
    root = project_root(common.path)
    if commits and not branch:
        raise Stop("--commits goes with --branch only")
    change_set = (
        _on_branch(common, root, branch, commits or "codemod") if branch else _in_place(common, root, allow_dirty)
    )
    write_reports(common, change_set)
    raise typer.Exit(report_failures(change_set.failures))


def _on_branch(common: Common, root: Path, name: str, commits_by: CommitsBy) -> ChangeSet:
    from amigrate_cli.deliver.division import division_of
    from amigrate_cli.git.branch import commit_on_branch, prepare_branch
    from amigrate_cli.git.repository import find_repository, tracked_files

    repository = find_repository(root)
    if repository is None:
        raise Stop(f"{root}: not in a git repository; use --in-place")
    branch = prepare_branch(repository, name)
    change_set = analyse(common, root)

    from amigrate.pipeline import only_groups
    from amigrate.registry import metadata

    after = []
    if change_set.changes:
        division = division_of(change_set, commits_by, tracked_files(repository))
        titles = commit_on_branch(branch, change_set, metadata(), only_groups, division)
        base = branch.base.branch or branch.base.sha[:12]
        after = [*titles, f"See: git diff {base}...{name}", "Take it back: amigrate undo"]
    _show(common, change_set, f"changed on the branch {name}", after)
    return change_set


def _in_place(common: Common, root: Path, allow_dirty: bool) -> ChangeSet:
    from amigrate_cli.deliver.in_place import without_stale, write_in_place
    from amigrate_cli.deliver.interrupts import held_interrupts
    from amigrate_cli.deliver.places import record_folder
    from amigrate_cli.git.repository import find_repository, require_clean

    repository = find_repository(root)
    if repository and not allow_dirty:
        require_clean(repository, "commit or stash them, or give --allow-dirty")
    change_set = analyse(common, root)

    from amigrate.pipeline import only_groups

    change_set = without_stale(root, change_set, only_groups)
    with held_interrupts():  # once the files are changed, the user is told so
        write_in_place(root, change_set, record_folder(root, repository), repository.prefix if repository else ".")
        _show(common, change_set, "changed", ["Take it back: amigrate undo"] if change_set.changes else [])
    return change_set


def _show(common: Common, change_set: ChangeSet, verb: str, after: list[str]) -> None:
    from rich.text import Text

    from amigrate_cli.render.escape import visible
    from amigrate_cli.render.summary import print_refusals, print_summary
    from amigrate_cli.render.terminal import stderr, stdout

    console = stderr() if common.stdout_taken else stdout()
    print_refusals(console, change_set.refusals, every_place=False)
    print_summary(console, change_set, verb)
    for line in after:
        console.print(Text(visible(line)), soft_wrap=True)

"""`amigrate pr`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from amigrate_cli.engine import analyse, report_failures
from amigrate_cli.errors import FAILED, Stop
from amigrate_cli.options import Common, project_root, with_common
from amigrate_cli.reports import write_reports

if TYPE_CHECKING:
    from amigrate.model import ChangeSet
    from amigrate_cli.pull_request.wishes import Wishes

ForgeName = Literal["auto", "github", "gitlab", "gh", "glab", "none"]

EPILOG = """\b
Examples:
  amigrate pr --branch async-views               push, and open or update the pull request
  amigrate pr --branch async-views --draft --label async --reviewer ada
  amigrate pr --branch async-views --split app   one for each Django app
  amigrate pr --branch async-views --forge none  push, and write the text into a file

\b
Tokens: GH_TOKEN or GITHUB_TOKEN (GH_ENTERPRISE_TOKEN elsewhere), GITLAB_TOKEN, what `gh` and `glab` are logged in
with, or a keyring (`keyring set amigrate HOST`).
"""


@with_common
def pr(
    common: Common,
    branch: Annotated[str, typer.Option("--branch", metavar="NAME", help="The branch to push, or how all begin.")],
    base: Annotated[
        str, typer.Option("--base", metavar="BASE", help="The branch to merge into. Default: the remote's default.")
    ] = "",
    remote: Annotated[str, typer.Option("--remote", metavar="NAME", help="The remote to push to.")] = "origin",
    forge: Annotated[ForgeName, typer.Option("--forge", help="What opens the pull request.")] = "auto",
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="The title of a new one.")] = (
        "Migrate to async Django"
    ),
    body_file: Annotated[
        Path | None,
        typer.Option("--body-file", metavar="FILE", help="A template for its text. Default: the project's, or ours."),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Open it as a draft.")] = False,
    label: Annotated[list[str] | None, typer.Option("--label", metavar="L", help="Repeatable.")] = None,
    reviewer: Annotated[
        list[str] | None, typer.Option("--reviewer", metavar="R", help="A user, or org/team; repeatable.")
    ] = None,
    split: Annotated[
        Literal["owner", "app", "codemod"] | None,
        typer.Option("--split", help="A pull request for each of these, stacked where they share files."),
    ] = None,
    commits: Annotated[
        Literal["codemod", "app", "group"], typer.Option("--commits", help="A commit for each of these.")
    ] = "codemod",
    review: Annotated[
        str, typer.Option("--review", metavar="URL|FILE", help="The HTML review: linked, or attached (GitLab only).")
    ] = "",
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="For rate limits and outages, in all.")
    ] = 120.0,
) -> None:
    """Push the branch, and open or update its pull request."""
    from amigrate_cli.pull_request.wishes import Wishes

    root = project_root(common.path)
    wishes = Wishes(
        branch,
        base,
        title,
        _template(body_file),
        draft,
        labels=tuple(label or ()),
        reviewers=tuple(reviewer or ()),
        commits_by=commits,
        split=split or "",
        review=review,
    )
    change_set, failures = _run(common, root, wishes, remote, forge, wait)
    write_reports(common, change_set)
    code = report_failures(change_set.failures)
    for failure in failures:
        typer.echo(f"amigrate: {failure.message}", err=True)
    raise typer.Exit(FAILED if failures else code)


def _run(
    common: Common, root: Path, wishes: Wishes, remote_name: str, forge_name: ForgeName, wait: float
) -> tuple[ChangeSet, list[Stop]]:
    from amigrate.pipeline import only_groups
    from amigrate.registry import metadata
    from amigrate_cli.forges.choose import choose_forge
    from amigrate_cli.forges.patience import Patience
    from amigrate_cli.git.pending import at_work
    from amigrate_cli.git.remote import find_remote, with_token
    from amigrate_cli.git.repository import common_dir, find_repository
    from amigrate_cli.pull_request.run import publish_all
    from amigrate_cli.pull_request.target import find_target, project_at

    repository = find_repository(root)
    if repository is None:
        raise Stop(f"{root}: not in a git repository")
    remote = find_remote(repository, remote_name)
    chosen = choose_forge(forge_name, remote.address, common_dir(repository) / "amigrate" / "pull-requests")
    patience = Patience(wait, lambda line: _say(common, line))
    with at_work(repository) as note:
        target = find_target(with_token(remote, chosen.token), wishes, patience)
        with project_at(target, note) as project:
            change_set = analyse(_elsewhere(common, root), project)
            failures = publish_all(
                target, wishes, chosen.forge, patience, note, project, change_set, metadata(), only_groups,
                lambda line: _say(common, line),
            )  # fmt: skip
    if remote.address and forge_name == "none" and change_set.changes:
        _say(common, f"Open it: {remote.address.compare_url(chosen.kind, target.base, wishes.branch)}")
    return replace(change_set, root=str(root)), failures


def _template(path: Path | None) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path else None
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"--body-file {path}: {error}") from error


def _elsewhere(common: Common, root: Path) -> Common:
    """The options for a temporary copy of the project: what was decided in the user's own counts."""
    from amigrate_cli.decisions_file import decisions_path

    own = decisions_path(root, common.decisions)
    decided = own.resolve() if not common.no_decisions and (common.decisions or own.exists()) else None
    config = common.config.resolve() if common.config else None
    return replace(common, config=config, decisions=decided, cache=False)


def _say(common: Common, line: str) -> None:
    from amigrate_cli.forges.secret import without_secrets
    from amigrate_cli.render.escape import visible

    typer.echo(visible(without_secrets(line)), err=common.stdout_taken)

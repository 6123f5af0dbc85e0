"""`amigrate review`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from amigrate_cli.decisions_file import decisions_path, read_decisions, write_decisions
from amigrate_cli.engine import analyse_all, report_failures
from amigrate_cli.errors import Stop
from amigrate_cli.options import REPORTS, Common, project_root, with_common_but

if TYPE_CHECKING:
    from amigrate.review.carrying import Carried

EPILOG = """\b
Examples:
  amigrate review                        decide hunk by hunk; what is decided is in .amigrate/decisions.toml
  amigrate review --decisions async.toml
  amigrate apply --branch async-views    makes what was accepted
"""


@with_common_but("no_decisions", "accept", *REPORTS)
def review(common: Common) -> None:
    """Accept and reject changes, each with its reason; write nothing but the decisions."""
    root = project_root(common.path)
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Stop("review needs a terminal; `amigrate preview` shows the changes anywhere")
    path = decisions_path(root, common.decisions)
    decisions = read_decisions(path) if path.exists() else ()
    change_set = analyse_all(common, root)

    from amigrate.review.session import begin, decisions_of
    from amigrate.review.subject import subject_of

    subject = subject_of(change_set)
    if not subject.items:
        typer.echo("Nothing to change, so nothing to decide.")
        raise typer.Exit(report_failures(change_set.failures))
    session, carried = begin(subject, decisions)

    from amigrate_cli.review.app import ReviewApp

    app = ReviewApp(session, lambda now: write_decisions(path, decisions_of(now)), _notes(carried))
    app.run()
    typer.echo(f"Decisions: {path}" if path.exists() else "Nothing was decided.")
    raise typer.Exit(report_failures(change_set.failures))


def _notes(carried: Carried) -> tuple[str, ...]:
    """What became of the decisions of the last review."""
    found = []
    if carried.verdicts:
        found.append(f"{len(carried.verdicts)} edits are decided already")
    if carried.moved:
        found.append(f"{len(carried.moved)} decisions followed their functions into other modules")
    if carried.differing:
        found.append(f"{len(carried.differing)} accepted edits would become something else now: decide again")
    if carried.stale:
        found.append(f"{len(carried.stale)} decisions are stale: their edits are gone")
    return tuple(found)

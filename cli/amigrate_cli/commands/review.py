"""`amigrate review`."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from amigrate_cli.decisions_file import decisions_path, keeping, read_decisions
from amigrate_cli.engine import analyse_all, report_failures
from amigrate_cli.errors import Stop
from amigrate_cli.options import REPORTS, Common, project_root, with_common_but
from amigrate_cli.reports import write_report

if TYPE_CHECKING:
    from amigrate.review.carrying import Carried

EPILOG = """\b
Examples:
  amigrate review                        decide hunk by hunk; what is decided is in .amigrate/decisions.toml
  amigrate review --web                  the same in the browser
  amigrate review --decisions async.toml
  amigrate review --html review.html     a page to read, for example beside a pull request
  amigrate apply --branch async-views    makes what was accepted
"""


@with_common_but("no_decisions", "accept", *REPORTS)
def review(
    common: Common,
    web: Annotated[bool, typer.Option("--web", help="In the browser: a page that only this machine can open.")] = False,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", min=0, max=65535, help="With --web. Default: a free one.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="With --web: only print the address.")] = False,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE|-", help="Only write a page to read; - is stdout.")
    ] = None,
) -> None:
    """Accept and reject changes, each with its reason; write nothing but the decisions."""
    _check(web, port, no_open, html)
    root = project_root(common.path)
    path = decisions_path(root, common.decisions)
    keep = keeping(path)
    decisions = read_decisions(path) if path.exists() else ()

    from amigrate.review.replanning import planned
    from amigrate.review.session import Session, decisions_of

    session, carried = planned(partial(analyse_all, common, root), decisions)
    failures = session.subject.change_set.failures

    def save(now: Session) -> None:
        keep(decisions_of(now))

    def plan_again(now: Session) -> Session:
        alone = replace(common, jobs=1)  # beside the display, no processes are started
        return planned(partial(analyse_all, alone, root, quietly=True), decisions_of(now))[0]

    if html:
        from amigrate_cli.review.web.page import static_page

        write_report(html, static_page(session, root.name), "--html")
        raise typer.Exit(report_failures(failures))
    if not session.subject.items and not session.held:
        typer.echo("Nothing to change, so nothing to decide.")
        raise typer.Exit(report_failures(failures))
    if web:
        from amigrate_cli.review.web.deciding import Review
        from amigrate_cli.review.web.serving import serve

        serve(Review(session, save, plan_again, root.name), port or 0, open_browser=not no_open)
    else:
        from amigrate_cli.review.app import ReviewApp

        ReviewApp(session, save, plan_again, _notes(carried)).run()
    typer.echo(f"Decisions: {path}" if path.exists() else "Nothing was decided.")
    raise typer.Exit(report_failures(failures))


def _check(web: bool, port: int | None, no_open: bool, html: str | None) -> None:
    """Raises Stop for options that do not go together, or without a terminal where one is needed."""
    if web and html:
        raise Stop("give either --web or --html FILE")
    if not web and (port is not None or no_open):
        raise Stop("--port and --no-open go with --web only")
    if not (web or html) and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Stop("review needs a terminal, --web or --html FILE; `amigrate preview` shows the changes anywhere")


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

"""`amigrate preview`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from amigrate_cli.engine import analyse, report_failures
from amigrate_cli.errors import WOULD_CHANGE
from amigrate_cli.options import Common, project_root, with_common
from amigrate_cli.reports import write_reports

if TYPE_CHECKING:
    from amigrate.model import ChangeSet

EPILOG = """\b
Examples:
  amigrate preview                       every change with its reason
  amigrate preview --stat                a line for each file
  amigrate preview --patch - | git apply
  amigrate preview --check --json report.json
"""


@with_common
def preview(
    common: Common,
    stat: Annotated[bool, typer.Option("--stat", help="A line for each file in place of the diffs.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when something would change.")] = False,
) -> None:
    """Show what would change and why; write nothing."""
    change_set = analyse(common, project_root(common.path))
    if not common.stdout_taken:
        _show(change_set, stat)
    write_reports(common, change_set)
    code = report_failures(change_set.failures)
    raise typer.Exit(code or (WOULD_CHANGE if check and change_set.changes else code))


def _show(change_set: ChangeSet, stat: bool) -> None:
    from amigrate_cli.render.diff import print_file
    from amigrate_cli.render.summary import print_refusals, print_stat, print_summary
    from amigrate_cli.render.terminal import stdout

    console = stdout()
    if stat:
        print_stat(console, change_set)
    else:
        for change in change_set.changes:
            if not console.quiet:  # nobody reads any more
                print_file(console, change)
    print_refusals(console, change_set.refusals, every_place=not stat)
    print_summary(console, change_set, "would change")

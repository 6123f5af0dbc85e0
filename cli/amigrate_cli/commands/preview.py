"""`amigrate preview`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from amigrate_cli.engine import analyse, may_keep_output, report_failures
from amigrate_cli.errors import WOULD_CHANGE
from amigrate_cli.options import Common, project_root, with_common
from amigrate_cli.replay.outputs import keep
from amigrate_cli.replay.recording import recorded
from amigrate_cli.replay.stamp import stamp
from amigrate_cli.reports import write_reports

if TYPE_CHECKING:
    from amigrate.model import ChangeSet

WIDE = 160  # columns from which old and new fit beside each other
EPILOG = """\b
Examples:
  amigrate preview                       every change with its reason
  amigrate preview --stat                a line for each file and each codemod
  amigrate preview --by codemod          what each codemod does
  amigrate preview --patch - | git apply
  amigrate preview --check --json report.json
"""


@with_common
def preview(
    common: Common,
    stat: Annotated[bool, typer.Option("--stat", help="A line for each file in place of the diffs.")] = False,
    by: Annotated[
        Literal["file", "codemod"] | None, typer.Option(help="What the changes are grouped by. Default: file.")
    ] = None,
    side_by_side: Annotated[
        bool | None,
        typer.Option("--side-by-side/--unified", help="Old and new beside each other? Default: on a wide terminal."),
    ] = None,
    pager: Annotated[bool, typer.Option("--pager/--no-pager", help="Use $PAGER, or less, on a terminal.")] = True,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when something would change.")] = False,
) -> None:
    """Show what would change and why; write nothing."""
    root = project_root(common.path)
    stamped = stamp(root, settled=True) if may_keep_output(common, root) else None
    change_set = analyse(common, root)
    with recorded() as written:
        if not common.stdout_taken:
            _show(change_set, stat, by, side_by_side, pager=pager)
        write_reports(common, change_set)
        code = report_failures(change_set.failures)
    code = code or (WOULD_CHANGE if check and change_set.changes else code)
    if stamped is not None and all(stream.whole for stream in written):
        keep(sys.argv[1:], root, stamped, change_set.summary.seconds, code, *(bytes(s.taken) for s in written))
    raise typer.Exit(code)


def _show(change_set: ChangeSet, stat: bool, by: str | None, side_by_side: bool | None, *, pager: bool) -> None:
    from amigrate_cli.render.by_codemod import print_by_codemod
    from amigrate_cli.render.diff import print_file
    from amigrate_cli.render.pager import paged
    from amigrate_cli.render.summary import print_refusals, print_stat, print_summary

    with paged(wanted=pager) as console:
        wide = console.is_terminal and console.width >= WIDE if side_by_side is None else side_by_side
        if stat:
            print_stat(console, change_set)
        elif by == "codemod":
            print_by_codemod(console, change_set, side_by_side=wide)
        else:
            for change in change_set.changes:
                if not console.quiet:  # nobody reads any more
                    print_file(console, change, side_by_side=wide)
        print_refusals(console, change_set.refusals, every_place=not stat)
        print_summary(console, change_set, "would change")

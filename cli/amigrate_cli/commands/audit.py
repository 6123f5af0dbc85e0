"""`amigrate audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from amigrate_cli.engine import audit_project, report_failures
from amigrate_cli.errors import WOULD_CHANGE, Stop
from amigrate_cli.options import DECIDING, REPORTS, Common, project_root, with_common_but
from amigrate_cli.reports import write_report

if TYPE_CHECKING:
    from amigrate.audit.data import Audit

_UNUSED = (*DECIDING, *REPORTS[1:], "select", "ignore", "confidence", "helpers", "runtime")  # of the common options
EPILOG = """\b
Examples:
  amigrate audit                             readiness, defects, and each view with its thread hops
  amigrate audit --only worthwhile           just the views that gain
  amigrate audit --html audit.html --markdown audit.md
  amigrate audit --check --json report.json  for CI: exits with 1 when async code has defects
"""


@with_common_but(
    "patch",
    "patches",
    "sarif",
    "markdown",
    "annotations",
    *DECIDING,
    "select",
    "ignore",
    "confidence",
    "helpers",
    "runtime",
    "websockets",
)
def audit(
    common: Common,
    markdown: Annotated[
        str | None, typer.Option("--markdown", metavar="FILE|-", help="Write the report as Markdown; - is stdout.")
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE|-", help="Write the report as an HTML page; - is stdout.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when defects are found.")] = False,
) -> None:
    """Say what async would give this project, and what is in the way; write nothing."""
    if [common.json, markdown, html].count("-") > 1:
        raise Stop("only one of --json, --markdown and --html can write to stdout")
    found = audit_project(common, project_root(common.path))
    if "-" not in (common.json, markdown, html):
        from amigrate_cli.render.audit import print_audit
        from amigrate_cli.render.terminal import stdout

        print_audit(stdout(), found)
    _write(found, common.json, markdown, html)
    code = report_failures(found.failures)
    raise typer.Exit(code or (WOULD_CHANGE if check and found.defects else code))


def _write(found: Audit, json: str | None, markdown: str | None, html: str | None) -> None:
    if json:
        from amigrate.audit.report import report_json

        write_report(json, report_json(found), "--json")
    if markdown:
        from amigrate.audit.markdown import markdown as as_markdown

        write_report(markdown, as_markdown(found), "--markdown")
    if html:
        from amigrate.audit.html import html as as_html

        write_report(html, as_html(found), "--html")

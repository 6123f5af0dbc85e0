"""An audit in the terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from amigrate.audit.data import Audit, Defect, Finding, Level, Outcome, Step, ViewAudit
from amigrate.audit.words import EFFECTS, LEGEND, LEVELS, OUTCOMES, after, headline, hops, why
from amigrate_cli.render.escape import visible
from amigrate_cli.render.wrapped import print_wrapped

_STYLES = {
    "blocker": "bold red", "warning": "yellow", "info": "cyan", "ok": "green",
    "silent": "bold red", "error": "yellow", "blocks": "yellow",
}  # fmt: skip
_WIDTH = 18  # of the first column
_INDENT = " " * (_WIDTH + 2)


def print_audit(console: Console, audit: Audit) -> None:
    """Prints all of it: readiness, defects, views, and last what to do, so that it stays in sight."""
    _heading(console, "Readiness")
    for finding in audit.readiness:
        _finding(console, finding)
    if audit.defects:
        _heading(console, "Defects in async code")
        for defect in audit.defects:
            _defect(console, defect)
    if audit.views:
        _heading(console, "Views")
        print_wrapped(console, LEGEND, style="dim")
        for outcome in (Outcome.SYNC, Outcome.POSSIBLE, Outcome.ASYNC, Outcome.CONVERT):
            _views(console, outcome, audit.with_outcome(outcome))
    _steps(console, "Leave as it is", audit.leave, every_name=False)
    _steps(console, "Do first", audit.order, every_name=True)
    console.print()
    for note in audit.notes:
        print_wrapped(console, f"Note: {visible(note)}")
    print_wrapped(console, visible(headline(audit)), style="bold")
    versions = f"Django {audit.django}, Python {audit.python}"
    print_wrapped(console, f"{audit.files:,} files read in {audit.seconds:.1f} s ({visible(versions)})")


def _heading(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))


def _labelled(console: Console, kind: str, label: str, text: str) -> None:
    """`label` in its style, then `text` wrapped beside it."""
    lines = Text(visible(text), style="").wrap(console, max(console.width - _WIDTH - 2, 30))
    for number, line in enumerate(lines):
        first = Text(f"{label:>{_WIDTH}}  ", style=_STYLES[kind]) if not number else Text(_INDENT)
        line.rstrip()
        console.print(first + line, soft_wrap=True)


def _finding(console: Console, finding: Finding) -> None:
    _labelled(console, finding.level.value, f"{LEVELS[finding.level]}", f"{finding.topic}: {finding.text}")
    if finding.remedy and finding.level is not Level.OK:
        print_wrapped(console, visible(finding.remedy), _INDENT + "  ", first=_INDENT + "→ ", style="dim")
    _place(console, str(finding.place))


def _defect(console: Console, defect: Defect) -> None:
    _labelled(console, defect.effect.value, EFFECTS[defect.effect], defect.text)
    print_wrapped(console, visible(defect.remedy), _INDENT + "  ", first=_INDENT + "→ ", style="dim")
    _place(console, f"{defect.place} {defect.symbol}")


def _place(console: Console, place: str) -> None:
    if place:
        console.print(Text(_INDENT + visible(place), style="dim"), soft_wrap=True)


def _views(console: Console, outcome: Outcome, views: Sequence[ViewAudit]) -> None:
    if not views:
        return
    console.print()
    console.print(Text(f"  {OUTCOMES[outcome].capitalize()} ({len(views)})", style="bold"))
    by_reason: defaultdict[tuple[str, ...], list[ViewAudit]] = defaultdict(list)
    for view in views:
        same = () if outcome is Outcome.POSSIBLE else tuple(why(view))
        by_reason[same].append(view)
    for reasons, found in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        for view in found:
            numbers = f"{hops(view.before)} → {after(view)}" if outcome is not Outcome.ASYNC else hops(view.before)
            if outcome is Outcome.SYNC and view.if_converted is None:
                numbers = hops(view.before)
            line = Text.assemble(
                (f"{numbers:>{_WIDTH}}  ", "cyan"), visible(view.name), (f"  {visible(str(view.place))}", "dim")
            )
            console.print(line, soft_wrap=True)
        for reason in reasons:
            print_wrapped(console, visible(reason), _INDENT + "  ", first=_INDENT + "• ", style="dim")


def _steps(console: Console, title: str, steps: Sequence[Step], *, every_name: bool) -> None:
    if not steps:
        return
    _heading(console, title)
    for number, step in enumerate(steps, 1):
        print_wrapped(console, visible(f"{step.title}: {step.why}"), "    ", first=f"{number:2}. ")
        if step.views and every_name:
            print_wrapped(console, visible(", ".join(step.views)), "    ", style="dim")

"""What a run found, in short: counts, a line for each file, what was left alone, and what failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from amigrate.model import ChangeSet, Confidence, Edit, Failure, Refusal
from amigrate.review.hunks import hunks_of
from amigrate_cli.render.escape import visible
from amigrate_cli.render.wrapped import print_wrapped

PLACES = 3  # so many places of a reason are named where not all are asked for
INDENT = " " * 6


def print_summary(console: Console, change_set: ChangeSet, verb: str) -> None:
    """The counts of a run. `verb` says what happened to the files: `would change`, `changed`."""
    summary = change_set.summary
    versions = f"Django {change_set.django or 'unknown'}, Python {change_set.python or 'unknown'}"
    scanned = f"{_count(summary.files_scanned, 'file')} read in {summary.seconds:.1f} s ({versions})"
    for note in change_set.notes:
        print_wrapped(console, f"Note: {note}")
    if not change_set.changes:
        print_wrapped(console, f"Nothing to change. {scanned}", style="bold")
        return
    counts = f"{_count(len(change_set.edits), 'edit')} in {_count(len(change_set.groups), 'group')}"
    asynchronous = f"{_count(summary.functions_made_async, 'function')} async"
    changed = f"{_count(len(change_set.changes), 'file')} {verb}"
    print_wrapped(console, f"{changed}: {counts}, {asynchronous}", style="bold")
    print_wrapped(console, scanned)


def print_stat(console: Console, change_set: ChangeSet) -> None:
    """A line for each changed file, with its added and removed lines, and one for each codemod."""
    for change in change_set.changes:
        kinds = [kind for hunk in hunks_of(change, context=0) for kind, _ in hunk.lines]
        added, removed = f"+{kinds.count('+')}".rjust(6), f"-{kinds.count('-')}".rjust(6)
        counts = Text.assemble((added, "green"), (removed, "red"), f"{_count(len(change.edits), 'edit'):>11}  ")
        console.print(counts + Text(visible(change.path)), soft_wrap=True)
    made: defaultdict[str, list[Edit]] = defaultdict(list)
    for edit in change_set.edits:
        made[edit.codemod].append(edit)
    for codemod, edits in sorted(made.items(), key=lambda item: -len(item[1])):
        files = _count(len({edit.path for edit in edits}), "file")
        unsure = sum(edit.confidence is not Confidence.SAFE for edit in edits)
        line = Text.assemble(f"{_count(len(edits), 'edit'):>12} in {files:>9}  ", (visible(codemod), "magenta"))
        console.print(line.append(f" [{unsure} to review]" if unsure else "", "yellow"), soft_wrap=True)


def print_refusals(console: Console, refusals: Sequence[Refusal], every_place: bool) -> None:
    """What was left alone, by reason, the commonest first."""
    if not refusals:
        return
    console.print(Text.assemble((f"Left alone: {_count(len(refusals), 'place')}", "bold")))
    by_reason: defaultdict[tuple[str, str], list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        by_reason[refusal.reason, refusal.suggestion].append(refusal)
    for (reason, suggestion), found in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        print_wrapped(console, visible(reason), INDENT, first=f"{len(found):5} ")
        print_wrapped(console, visible(suggestion), INDENT + "  ", first=INDENT + "→ ", style="dim")
        console.print(Text(_places(found, every_place), style="dim"), soft_wrap=True)


def print_failures(console: Console, failures: Iterable[Failure]) -> None:
    """Each file or group that could not be handled."""
    for failure in failures:
        line = Text.assemble(("failed: ", "bold red"), f"{visible(failure.path)}: {visible(failure.reason)}")
        console.print(line, soft_wrap=True)


def _places(refusals: Sequence[Refusal], every_place: bool) -> str:
    shown = refusals if every_place else refusals[:PLACES]
    lines = [f"{INDENT}{visible(one.path)}:{one.line} {visible(one.symbol)}".rstrip() for one in shown]
    if len(shown) < len(refusals):
        lines.append(f"{INDENT}and {len(refusals) - len(shown)} more")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"

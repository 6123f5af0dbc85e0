"""A summary of a change set as Markdown, for the page of a CI job."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from amigrate.model import ChangeSet, Confidence, Refusal
from amigrate.review.hunks import hunks_of
from amigrate.review.markdown_text import safe, table

ROWS = 200  # of a table: GitHub shows no page above 1 MiB
PLACES = 5  # of a reason


def markdown(change_set: ChangeSet) -> bytes:
    """The page as UTF-8 with a final newline."""
    return ("\n".join(_lines(change_set)).rstrip() + "\n").encode()


def _lines(change_set: ChangeSet) -> Iterator[str]:
    summary = change_set.summary
    yield "# Migration to async"
    yield ""
    yield (
        f"{len(change_set.changes)} files change: {len(change_set.edits)} edits in {len(change_set.groups)} groups, "
        f"{summary.functions_made_async} functions async. {len(change_set.refusals)} places are left alone. "
        f"Django {safe(change_set.django or 'unknown')}, Python {safe(change_set.python or 'unknown')}, "
        f"{summary.files_scanned} files read."
    )
    for note in change_set.notes:
        yield ""
        yield f"Note: {safe(note)}"
    if change_set.failures:
        yield from _heading("Failed")
        yield from (f"- {safe(one.path)}: {safe(one.reason)}" for one in change_set.failures[:ROWS])
    if change_set.changes:
        yield from _heading("Codemods")
        yield from table(("Codemod", "Edits", "Files", "To be reviewed"), _codemods(change_set))
        yield from _heading("Files")
        yield from table(("File", "Edits", "Lines added", "Lines removed"), _files(change_set)[:ROWS])
        yield from _more(len(change_set.changes))
    if change_set.refusals:
        yield from _heading("Left alone")
        reasons = _reasons(change_set.refusals)
        yield from table(("Places", "Reason", "What to do", "Where"), reasons[:ROWS])
        yield from _more(len(reasons))


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _more(rows: int) -> Iterator[str]:
    if rows > ROWS:
        yield ""
        yield f"And {rows - ROWS} more."


def _codemods(change_set: ChangeSet) -> list[tuple[str, ...]]:
    edits = Counter(edit.codemod for edit in change_set.edits)
    unsure = Counter(edit.codemod for edit in change_set.edits if edit.confidence is not Confidence.SAFE)
    files: defaultdict[str, set[str]] = defaultdict(set)
    for edit in change_set.edits:
        files[edit.codemod].add(edit.path)
    return [(name, str(count), str(len(files[name])), str(unsure[name])) for name, count in edits.most_common()]


def _files(change_set: ChangeSet) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for change in change_set.changes:
        kinds = Counter(kind for hunk in hunks_of(change, context=0) for kind, _ in hunk.lines)
        rows.append((change.path, str(len(change.edits)), str(kinds["+"]), str(kinds["-"])))
    return rows


def _reasons(refusals: tuple[Refusal, ...]) -> list[tuple[str, ...]]:
    found: defaultdict[tuple[str, str], list[Refusal]] = defaultdict(list)
    for one in refusals:
        found[one.reason, one.suggestion].append(one)
    rows: list[tuple[str, ...]] = []
    for (reason, suggestion), places in sorted(found.items(), key=lambda item: -len(item[1])):
        where = ", ".join(f"{one.path}:{one.line}" for one in places[:PLACES])
        rows.append((str(len(places)), reason, suggestion, where + ", …" * (len(places) > PLACES)))
    return rows

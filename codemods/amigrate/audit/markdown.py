"""The audit as Markdown. All text that comes from the project is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amigrate.audit.data import Audit, Outcome, Step
from amigrate.audit.words import EFFECTS, LEGEND, LEVELS, OUTCOMES, after, headline, hops, why
from amigrate.review.markdown_text import safe, table


def markdown(audit: Audit) -> bytes:
    """A page in Markdown, UTF-8, with a final newline."""
    return ("\n".join(_lines(audit)).rstrip() + "\n").encode()


def _lines(audit: Audit) -> Iterator[str]:
    yield "# Async audit"
    yield ""
    yield f"Django {safe(audit.django)}, Python {safe(audit.python)}, {audit.files} files. {safe(headline(audit))}."
    yield ""
    yield from _steps("What to do first", audit.order)
    yield from _steps("What to leave sync", audit.leave)
    if audit.defects:
        yield from _heading("Defects")
        yield from table(
            ("", "Where", "What is wrong", "What to do"),
            [(EFFECTS[d.effect], f"{d.place} {d.symbol}", d.text, d.remedy) for d in audit.defects],
        )
    if audit.readiness:
        yield from _heading("Readiness")
        yield from table(
            ("", "", "What was found", "What to do", "Where"),
            [(LEVELS[f.level], f.topic, f.text, f.remedy, str(f.place)) for f in audit.readiness],
        )
    if audit.views:
        yield from _heading("Views")
        yield safe(LEGEND)
        for outcome in (Outcome.CONVERT, Outcome.ASYNC, Outcome.POSSIBLE, Outcome.SYNC):
            if found := audit.with_outcome(outcome):
                yield ""
                yield f"### {OUTCOMES[outcome].capitalize()}"
                yield ""
                yield from table(
                    ("View", "Hops now", "After", "Why", "Where"),
                    [(v.name, hops(v.before), after(v), "; ".join(why(v)), str(v.place)) for v in found],
                )
    if audit.failures:
        yield from _heading("Files that could not be read")
        yield from (f"- {safe(one.path)}: {safe(one.reason)}" for one in audit.failures)
    for note in audit.notes:
        yield ""
        yield f"Note: {safe(note)}"


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _steps(title: str, steps: Sequence[Step]) -> Iterator[str]:
    if not steps:
        return
    yield f"## {title}"
    yield ""
    for number, step in enumerate(steps, 1):
        yield f"{number}. **{safe(step.title)}**: {safe(step.why)}"
        if step.views:
            yield f"   {', '.join(safe(name) for name in step.views)}"
    yield ""

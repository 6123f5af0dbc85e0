"""The audit as one HTML page, without scripts and without anything from elsewhere. Text of the project is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from amigrate.audit.data import Audit, Outcome, Step, ViewAudit
from amigrate.audit.words import EFFECTS, LEGEND, LEVELS, OUTCOMES, after, headline, hops, why
from amigrate.review.report import plain

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_OPEN = frozenset({Outcome.CONVERT, Outcome.ASYNC})


def html(audit: Audit) -> bytes:
    """The page, UTF-8."""
    return ("\n".join(_lines(audit)) + "\n").encode()


def _lines(audit: Audit) -> Iterator[str]:
    rows: list[tuple[str, ...]]
    style = files(__package__).joinpath("audit.css").read_text(encoding="utf-8")
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8"><title>Async audit</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<style>\n{style}</style></head><body><header><h1>Async audit</h1>"
    versions = f"Django {audit.django}, Python {audit.python}, {audit.files} files read"
    yield f"<p>{_safe(versions)}</p><p><strong>{_safe(headline(audit))}</strong></p></header><main>"
    yield from _steps("What to do first", "first", audit.order)
    yield from _steps("What to leave sync", "leave", audit.leave)
    if audit.defects:
        rows = [
            (_badge(d.effect.value, EFFECTS[d.effect]), _where(str(d.place), d.symbol), _safe(d.text), _safe(d.remedy))
            for d in audit.defects
        ]
        yield from _section("Defects", "defects", ("Effect", "Where", "What is wrong", "What to do"), rows)
    if audit.readiness:
        rows = [
            (
                _badge(f.level.value, LEVELS[f.level]),
                _safe(f.topic),
                _safe(f.text),
                _safe(f.remedy),
                _code(str(f.place)),
            )
            for f in audit.readiness
        ]
        yield from _section("Readiness", "readiness", ("Level", "Topic", "Found", "What to do", "Where"), rows)
    if audit.views:
        yield from _views(audit)
    if audit.failures:
        rows = [(_code(one.path), _safe(one.reason)) for one in audit.failures]
        yield from _section("Files that could not be read", "failures", ("File", "Why"), rows)
    yield from (f"<p>Note: {_safe(note)}</p>" for note in audit.notes)
    yield "</main></body></html>"


def _views(audit: Audit) -> Iterator[str]:
    yield f'<section aria-labelledby="views"><h2 id="views">Views</h2><p>{_safe(LEGEND)}</p>'
    for outcome in (Outcome.CONVERT, Outcome.ASYNC, Outcome.POSSIBLE, Outcome.SYNC):
        found = audit.with_outcome(outcome)
        if found:
            opened = " open" if outcome in _OPEN or len(found) <= 20 else ""
            yield f"<details{opened}><summary>{OUTCOMES[outcome].capitalize()} ({len(found)})</summary>"
            yield from _table(("View", "Hops now", "After", "Why"), [_view(view) for view in found])
            yield "</details>"
    yield "</section>"


def _view(view: ViewAudit) -> tuple[str, ...]:
    return (
        _where(str(view.place), view.name),
        _safe(hops(view.before)),
        _safe(after(view)),
        "<br>".join(_safe(line) for line in why(view)),
    )


def _steps(title: str, anchor: str, steps: Sequence[Step]) -> Iterator[str]:
    if not steps:
        return
    yield f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{title}</h2><ol>'
    for step in steps:
        yield f"<li><strong>{_safe(step.title)}</strong><br>{_safe(step.why)}"
        if step.views:
            names = ", ".join(_code(name) for name in step.views)
            count = f"{len(step.views)} view{'s' * (len(step.views) != 1)}"
            yield f"<details><summary>{count}</summary><p>{names}</p></details>"
        yield "</li>"
    yield "</ol></section>"


def _section(title: str, anchor: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{title}</h2>'
    yield from _table(head, rows)
    yield "</section>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; the cells of `rows` are HTML already."""
    cells = "".join(f'<th scope="col">{_safe(title)}</th>' for title in head)
    yield '<div class="wide" tabindex="0" role="region" aria-label="table">'
    yield f"<table><thead><tr>{cells}</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</tbody></table></div>"


def _badge(kind: str, words: str) -> str:
    return f'<span class="badge {kind}">{_safe(words)}</span>'


def _where(place: str, symbol: str) -> str:
    return f"{_code(symbol)}<br><small>{_safe(place)}</small>"


def _code(value: str) -> str:
    return f"<code>{_safe(value)}</code>" if value else ""


def _safe(value: str) -> str:
    return escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", plain(value)))

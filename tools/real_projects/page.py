"""The page of documentation about real projects, made from the results of their migrations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from real_projects.results import Result

COLUMNS = (
    *("project", "Django", "own tests, before and after", "requests"),
    *("views", "touch the ORM", "of these async", "sync forms only", "refused", "share"),
    *("all async", "with bridges", "no ORM", "DRF"),
)
INTRODUCTION = """# Real projects

Made by `python tools/corpus.py --docs`; do not edit. Each project is downloaded, its own tests are run and every URL is
requested; it is migrated, and all that is done again. Nothing may differ, and a second migration must find nothing.

*Views* are the function views and the handlers of plain `View` classes that the project's URLs lead to, also with
Django's mixins for permissions; generic views are none, and those of Django REST framework, which cannot be async, are
counted apart (*DRF*). *Touch the ORM*: they query themselves. A view need not be understood for that: there is a word
of the ORM in its text (`.objects`, `.save(`, `get_object_or_404` and the like), or in a test or request before the
migration it made a query that neither a template nor the look-up of the user or the session made. *Sync forms only*:
all that these wait for has no async form in that Django (paginators before 6.0, model forms, other libraries), so that
async would gain nothing. *Share*: async, of those that touch the ORM; in brackets, of those that have something to
gain. *All async*: also those that only ask for the user and render. *With bridges*: async, with something besides
rendering that runs in a thread. *No ORM*: the report says why they stay sync, but they only render, or ask forms, the
request or other services.
"""


def page(results: Sequence[Result]) -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, table(results), _problems(results), _sweeps(results), _reasons(results)]
    return "\n".join(part for part in parts if part)


def table(results: Sequence[Result]) -> str:
    """One row for each project, and their sum."""
    rows = [_row(result) for result in results]
    views = [result.views for result in results]
    touching, made = sum(v.touching for v in views), sum(v.converted for v in views)
    gaining = touching - sum(v.sync_only for v in views)
    sums = (sum(v.routed for v in views), touching, made, sum(v.sync_only for v in views))
    rest = (sum(v.refused for v in views), _share(made, touching, gaining), sum(v.made_async for v in views))
    others = (sum(v.bridged for v in views), sum(v.plain for v in views), sum(v.api for v in views))
    rows.append(("all", "", "", sum(r.requests for r in results), *sums, *rest, *others))
    return _markdown(COLUMNS, rows)


def _row(result: Result) -> tuple[object, ...]:
    views = result.views
    outcome = f"{result.tests}: {'**different**' if result.problems else 'the same'}"
    return (
        *(f"{result.name} {result.version}", result.django, outcome, result.requests),
        *(views.routed, views.touching, views.converted, views.sync_only, views.refused),
        _share(views.converted, views.touching, views.touching - views.sync_only),
        *(views.made_async, views.bridged, views.plain, views.api),
    )


def _share(made: int, touching: int, gaining: int) -> str:
    if not touching:
        return "-"
    return f"{made / touching:.0%}" + (f" ({made / gaining:.0%})" if gaining else "")


def _problems(results: Iterable[Result]) -> str:
    found = [f"- {result.name}: {problem}" for result in results for problem in result.problems]
    return "\n".join(["Differences:", "", *found, ""]) if found else ""


def _sweeps(results: Sequence[Result]) -> str:
    rows = [
        (r.name, r.swept_views, requests, failures, f"{lines} of {all_lines}", f"{branches} of {all_branches}")
        for r in results
        if r.swept
        for requests, failures, lines, all_lines, branches, all_branches in [r.swept]
    ]
    if not rows:
        return ""
    head = ("project", "views", "requests", "new failures", "lines reached", "branches taken")
    text = """
## Under a real server

uvicorn serves the project, with rows of each model whose relations are all filled. As a visitor, a newcomer, a user and
an administrator each migrated view is asked with GET and POST, with what it looks up in a request, and with the forms
of its page. A failure is a `SynchronousOnlyOperation`, a lost coroutine, or another status or redirection than before.
"""
    left = [f"- {r.name}: {one}" for r in results for one in r.unreached]
    named = ["", "<details><summary>Lines that no request reached</summary>", "", *left, "", "</details>", ""]
    return "\n".join([text, _markdown(head, rows), *(named if left else [])])


def _reasons(results: Iterable[Result]) -> str:
    rows = [(reason, count) for reason, count in reasons(results).most_common()]
    return "\n".join(["", "## Why views stay sync", "", _markdown(("reason", "views"), rows)])


def reasons(results: Iterable[Result]) -> Counter[str]:
    """How many of the views that touch the ORM are refused for each reason, names left out."""
    found: Counter[str] = Counter()
    for result in results:
        given = {symbol: reason for symbol, _, reason, _ in result.refusals}
        for view in result.views.left:
            found[_general(given.get(view) or given[view.rpartition(".")[0]])] += 1
    return found


def _general(reason: str) -> str:
    text = re.sub(r"@[\w.]+", "@…", reason)
    text = re.sub(r"`[^`]*`", "`…`", text)
    text = re.sub(r"\S+\.py:\d+", "…", text)
    return re.sub(r"\b\w+(?:\.\w+)+\b", lambda m: m[0] if m[0].startswith(("transaction.", "django.")) else "…", text)


def _markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"

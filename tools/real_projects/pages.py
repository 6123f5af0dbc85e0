"""What a project answers to a request of each of its URLs, on a database with a few objects of each model.

The project's own tests may reach few of the migrated views; this reaches nearly all.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from real_projects.outcomes import read_views
from real_projects.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Pages:
    """The answer to each request, the views that were reached, and those that queried themselves. An answer is status,
    redirection and body."""

    answers: Mapping[str, Any]
    visited: frozenset[str]
    querying: frozenset[str]


def request_all(workspace: Workspace, label: str) -> Pages:
    """Requests every URL of the project; `label` names the record in its folder.

    Raises:
        subprocess.CalledProcessError: the project could not be set up; the log beside the record says why.
    """
    record = workspace.folder / f"pages-{label}.json"
    views = workspace.folder / f"pages-{label}-views.json"
    with record.open("wb") as output, record.with_suffix(".log").open("wb") as log:
        subprocess.run(
            [str(workspace.python), "-m", "probe_pages", *workspace.project.packages],
            cwd=workspace.tree,
            env={**workspace.environment(), "RECORD_VIEWS_IN": str(views)},
            stdout=output,
            stderr=log,
            check=True,
        )
    return Pages(json.loads(record.read_bytes()), *read_views(views))


def changed_answers(before: Pages, after: Pages) -> list[str]:
    """One line for each request that is answered otherwise."""
    lines = []
    for request in sorted(before.answers.keys() | after.answers.keys()):
        old, new = before.answers.get(request), after.answers.get(request)
        if old != new:
            lines.append(f"{request}: {_difference(old, new)}")
    return lines


def _difference(old: list[Any] | None, new: list[Any] | None) -> str:
    if old is None or new is None:
        return f"requested only {'after' if old is None else 'before'}"
    if old[:2] != new[:2]:
        return f"{old[0]} {old[1]} before, {new[0]} {new[1]} after"
    pairs = zip_longest(old[2].splitlines(), new[2].splitlines(), fillvalue="")
    before, after = next(pair for pair in pairs if pair[0] != pair[1])
    return f"{before.strip()[:200]!r} before, {after.strip()[:200]!r} after"

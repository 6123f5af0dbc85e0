"""What became of one project, kept beside its tree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from real_projects.sweep import Sweep
from real_projects.views import ViewCounts


@dataclass(frozen=True, slots=True)
class Result:
    """One migration. `problems` is empty when all is well.

    `tests` counts their outcomes, before as after unless `problems` says otherwise. `refusals` are (symbol, codemod,
    reason, place) of the whole report. `swept` is (requests, new failures, lines reached, lines, branches taken,
    branches), None when there was no sweep; `unreached` names the functions of which it left lines out, `swept_views`
    counts the async views when it was made.
    """

    name: str
    version: str
    django: str
    tests: str
    requests: int
    views: ViewCounts
    refusals: Sequence[Sequence[str]]
    problems: Sequence[str]
    swept: Sequence[int] | None = None
    unreached: Sequence[str] = ()
    swept_views: int = 0


def refusals_of(report: dict[str, Any]) -> list[list[str]]:
    """The refusals of a report as plain rows."""
    return [[r["symbol"], r["codemod"], r["reason"], f"{r['path']}:{r['line']}"] for r in report["refusals"]]


def sweep_figures(before: Sweep, after: Sweep, failures: Sequence[str]) -> tuple[list[int], list[str]]:
    """The figures of a sweep, and the functions with lines that it did not reach."""
    requests = len(before.answers.keys() & after.answers.keys())
    unreached = [
        f"{name}: {', '.join(map(str, one['missing']))}" for name, one in after.coverage.items() if one["missing"]
    ]
    return [requests, len(failures), *after.reached], unreached


def save(result: Result, folder: Path) -> None:
    """Keeps a result in the folder of its project."""
    (folder / "result.json").write_text(json.dumps(asdict(result), indent=1))


def load(folder: Path) -> Result | None:
    """The result kept in a folder, None when there is none."""
    kept = folder / "result.json"
    if not kept.exists():
        return None
    content = json.loads(kept.read_bytes())
    return Result(**{**content, "views": ViewCounts(**content["views"])})

"""What a project's own tests show: the outcome of each, what they warn of, and which views they reach."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from real_projects.workspace import Workspace

Outcomes = dict[str, str]
"""Test id to `passed`, `failed`, `error` or `skipped`."""

TIME_LIMIT = 1800

# A test can pass in spite of these: a lost coroutine is a warning, and logging swallows errors.
SILENT_FAILURES = ("was never awaited", "SynchronousOnlyOperation")


@dataclass(frozen=True, slots=True)
class TestRun:
    """One run of a test-suite. `visited` are the views that its test client reached, `querying` those of them that
    queried themselves; `silent` are lines of its log."""

    __test__ = False

    outcomes: Outcomes
    visited: frozenset[str]
    querying: frozenset[str]
    silent: tuple[str, ...]


def run_tests(workspace: Workspace, label: str) -> TestRun:
    """Runs the project's own tests; `label` names the log and the record in its folder.

    Raises:
        RuntimeError: no test ran, with the path of the log.
    """
    log = workspace.folder / f"tests-{label}.log"
    record = workspace.folder / f"tests-{label}.{'xml' if workspace.project.pytest else 'json'}"
    views = workspace.folder / f"views-{label}.json"
    record.unlink(missing_ok=True)
    runner = _pytest(workspace, record) if workspace.project.pytest else _django(workspace)
    with log.open("wb") as output:
        subprocess.run(
            [str(workspace.python), "-m", *runner, *workspace.project.tests],
            cwd=workspace.tree,
            env={**workspace.environment(), "RECORD_TESTS_IN": str(record), "RECORD_VIEWS_IN": str(views)},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIME_LIMIT,
        )
    outcomes = _read(record) if record.exists() else {}
    if not outcomes:
        raise RuntimeError(f"no test of {workspace.project.name} ran: see {log}")
    lines = log.read_text(errors="replace").splitlines()
    silent = tuple(line.strip() for line in lines if any(sign in line for sign in SILENT_FAILURES))
    return TestRun(outcomes, *read_views(views), silent)


def read_views(record: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The views that were reached, and those that queried themselves."""
    visited: dict[str, bool] = json.loads(record.read_bytes())
    return frozenset(visited), frozenset(view for view, queried in visited.items() if queried)


def differences(before: TestRun, after: TestRun) -> list[str]:
    """One line for each test whose outcome differs or that only one run has, and for each new silent failure."""
    lines = [line for line in after.silent if line not in before.silent]
    for test in sorted(before.outcomes.keys() | after.outcomes.keys()):
        old, new = before.outcomes.get(test, "absent"), after.outcomes.get(test, "absent")
        if old != new:
            lines.append(f"{test}: {old} before, {new} after")
    return lines


def counted(outcomes: Outcomes) -> str:
    """For example `38 passed, 2 failed`."""
    return ", ".join(f"{count} {outcome}" for outcome, count in Counter(outcomes.values()).most_common())


def _pytest(workspace: Workspace, record: Path) -> list[str]:
    return [
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "visited_views",
        f"--ds={workspace.project.settings}",
        f"--junit-xml={record}",
    ]


def _django(workspace: Workspace) -> list[str]:
    return ["django", "test", "--testrunner=recording_runner.RecordingRunner"]


def _read(record: Path) -> Outcomes:
    if record.suffix == ".json":
        recorded: Outcomes = json.loads(record.read_bytes())
        return recorded
    outcomes = {}
    for case in ElementTree.parse(record).iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcome = "failed" if "failure" in kinds else next(iter(kinds), "passed")
        outcomes[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return outcomes

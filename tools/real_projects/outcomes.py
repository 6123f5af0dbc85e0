"""The outcome of each test of a project's own test-suite."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from real_projects.workspace import Workspace

Outcomes = dict[str, str]
"""Test id to `passed`, `failed`, `error` or `skipped`."""

TIME_LIMIT = 1800


def run_tests(workspace: Workspace, label: str) -> Outcomes:
    """Runs the project's own tests; `label` names the log and the record in its folder.

    Raises:
        RuntimeError: no test ran, with the path of the log.
    """
    log = workspace.folder / f"tests-{label}.log"
    record = workspace.folder / f"tests-{label}.{'xml' if workspace.project.pytest else 'json'}"
    record.unlink(missing_ok=True)
    runner = _pytest(workspace, record) if workspace.project.pytest else _django(workspace)
    with log.open("wb") as output:
        subprocess.run(
            [str(workspace.python), "-m", *runner, *workspace.project.tests],
            cwd=workspace.tree,
            env={**workspace.environment(), "RECORD_TESTS_IN": str(record)},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIME_LIMIT,
        )
    outcomes = _read(record) if record.exists() else {}
    if not outcomes:
        raise RuntimeError(f"no test of {workspace.project.name} ran: see {log}")
    return outcomes


def differences(before: Outcomes, after: Outcomes) -> list[str]:
    """One line for each test whose outcome differs, or that only one of the runs has."""
    lines = []
    for test in sorted(before.keys() | after.keys()):
        old, new = before.get(test, "absent"), after.get(test, "absent")
        if old != new:
            lines.append(f"{test}: {old} before, {new} after")
    return lines


def counted(outcomes: Outcomes) -> str:
    """For example `38 passed, 2 failed`."""
    return ", ".join(f"{count} {outcome}" for outcome, count in Counter(outcomes.values()).most_common())


def _pytest(workspace: Workspace, record: Path) -> list[str]:
    return ["pytest", "-p", "no:cacheprovider", f"--ds={workspace.project.settings}", f"--junit-xml={record}"]


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

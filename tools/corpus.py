"""Migrates real projects and compares the outcomes of their own tests, and their pages, before and after.

    python tools/corpus.py [NAME ...] [--work DIR]

Downloads each project's source distribution and what its tests need, runs the tests, requests every URL, applies
amigrate on a branch, does both again, and prints a table. The exit code is 1 when an outcome or a page differs, a
second run would change more, or amigrate failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_projects.outcomes import counted, differences, run_tests
from real_projects.pages import changed_answers, request_all
from real_projects.projects import PROJECTS, RealProject
from real_projects.views import ViewCounts, count_views, routed_views
from real_projects.workspace import Workspace, prepare, run

ROOT = Path(__file__).parents[1]
BRANCH = "async"
COLUMNS = (
    *("project", "tests and requests, before and after", "views routed", "touch the ORM", "became async"),
    *("of these tested", "tested or requested", "refused", "share"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one project. `problems` is empty when all is well."""

    project: RealProject
    tests: str
    requests: int
    views: ViewCounts
    problems: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROJECTS)}; default: all")
    parser.add_argument("--work", type=Path, default=ROOT / ".corpus", help="folder for downloads and trees")
    options = parser.parse_args()
    if unknown := set(options.names) - PROJECTS.keys():
        parser.error(f"unknown project: {', '.join(sorted(unknown))}; there are {', '.join(PROJECTS)}")
    results = [migrate(PROJECTS[name], options.work.resolve() / name) for name in options.names or PROJECTS]
    print_table(results)
    return int(any(result.problems for result in results))


def migrate(project: RealProject, folder: Path) -> Result:
    """Takes one project through the whole job; `folder` is its own."""
    say(f"{project.name}: download, unpack, install")
    workspace = prepare(project, folder)
    views_before = routed_views(workspace)
    say(f"{project.name}: its tests and pages before")
    before, pages_before = run_tests(workspace, "before"), request_all(workspace, "before")
    say(f"{project.name}: {counted(before.outcomes)}, {len(pages_before.answers)} requests; apply")
    report, problems = apply(workspace)
    say(f"{project.name}: its tests and pages after")
    after, pages_after = run_tests(workspace, "after"), request_all(workspace, "after")
    problems += [*differences(before, after), *changed_answers(pages_before, pages_after)]
    views = count_views(views_before, routed_views(workspace), report, after.visited, pages_after.visited)
    return Result(project, counted(after.outcomes), len(pages_after.answers), views, tuple(problems))


def apply(workspace: Workspace) -> tuple[dict[str, Any], list[str]]:
    """Applies amigrate on a branch and checks this out: its report, and what went wrong.

    Raises:
        RuntimeError: it failed.
    """
    report = workspace.folder / "report.json"
    report.unlink(missing_ok=True)
    done = amigrate(workspace, "apply", "--branch", BRANCH, "--json", str(report))
    # A crash also ends with 3: only with a report was it a run that left something out.
    if done.returncode not in (0, 3) or not report.exists():
        raise RuntimeError(f"amigrate apply ended with {done.returncode}: {done.stderr.strip()}")
    content: dict[str, Any] = json.loads(report.read_bytes())
    problems = [f"not done: {failure['path']}: {failure['reason']}" for failure in content["failures"]]
    if not content["files"]:
        return content, problems
    run(("git", "checkout", "--quiet", BRANCH), cwd=workspace.tree)
    if amigrate(workspace, "preview", "--check").returncode:
        problems.append("a second run would change more")
    return content, problems


def amigrate(workspace: Workspace, command: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs this working copy's amigrate on the tree; the output is kept beside it."""
    paths = os.pathsep.join(str(ROOT / name) for name in ("codemods", "cli"))
    done = subprocess.run(
        [sys.executable, "-m", "amigrate_cli", command, ".", "--django", workspace.project.django, *options],
        cwd=workspace.tree,
        env={**os.environ, "PYTHONPATH": paths, "AMIGRATE_CACHE_DIR": str(workspace.cache)},
        capture_output=True,
        text=True,
    )
    (workspace.folder / f"amigrate-{command}.log").write_text(done.stdout + done.stderr)
    return done


def print_table(results: list[Result]) -> None:
    """A Markdown table on stdout; problems below it."""
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    for result in results:
        views, outcome = result.views, "DIFFERENT" if result.problems else "the same"
        cells = (
            f"{result.project.name} {result.project.version}",
            f"{result.tests}; {result.requests} requests: {outcome}",
            *(views.routed, views.touching, views.made_async, views.tested, views.requested, views.refused),
            f"{views.share:.0%}",
        )
        print(f"| {' | '.join(map(str, cells))} |")
    for result in results:
        for problem in result.problems:
            print(f"{result.project.name}: {problem}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

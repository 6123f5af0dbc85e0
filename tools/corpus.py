"""Migrates real projects and compares the outcomes of their own tests, and their pages, before and after.

    python tools/corpus.py [NAME ...] [--work DIR] [--sweep] [--runtime] [--docs]

Downloads each project's source distribution and what its tests need, runs the tests, requests every URL, applies
amigrate on a branch, does both again, and prints a table. With --sweep also under a real ASGI server, with --docs it
writes docs/corpus.md from the results of all projects so far. The exit code is 1 when an outcome or a page differs, a
second run would change more, or amigrate failed. With --runtime the new code may import django_ahead, as it is here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from real_projects.outcomes import counted, differences, run_tests
from real_projects.page import page, reasons, table
from real_projects.pages import changed_answers, request_all
from real_projects.projects import PROJECTS, RealProject
from real_projects.results import Result, load, refusals_of, save, sweep_figures
from real_projects.sweep import new_trouble, sweep
from real_projects.views import count_views, routed_views
from real_projects.workspace import Workspace, prepare, run

ROOT = Path(__file__).parents[1]
BASE, BRANCH = "main", "async"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROJECTS)}; default: all")
    parser.add_argument("--work", type=Path, default=ROOT / ".corpus", help="folder for downloads and trees")
    parser.add_argument("--sweep", action="store_true", help="request the migrated views under a real ASGI server too")
    parser.add_argument("--runtime", action="store_true", help="let the new code import django_ahead")
    parser.add_argument("--docs", action="store_true", help="only write docs/corpus.md from the results that are there")
    options = parser.parse_args()
    if unknown := set(options.names) - PROJECTS.keys():
        parser.error(f"unknown project: {', '.join(sorted(unknown))}; there are {', '.join(PROJECTS)}")
    folders = {name: options.work.resolve() / name for name in options.names or PROJECTS}
    if options.docs:
        results = [kept for folder in folders.values() if (kept := load(folder))]
        (ROOT / "docs").mkdir(exist_ok=True)
        (ROOT / "docs" / "corpus.md").write_text(page(results))
    else:
        extra = ("--runtime",) if options.runtime else ()
        results = [migrate(PROJECTS[name], folder, extra, swept=options.sweep) for name, folder in folders.items()]
    print_results(results)
    return int(any(result.problems for result in results))


def migrate(project: RealProject, folder: Path, extra: tuple[str, ...], *, swept: bool) -> Result:
    """Takes one project through the whole job; `folder` is its own. The result is kept there too.

    `extra` are more options for amigrate.
    """
    say(f"{project.name}: download, unpack, install")
    workspace = prepare(project, folder)
    views_before = routed_views(workspace)
    say(f"{project.name}: its tests and pages before")
    before, pages_before = run_tests(workspace, "before"), request_all(workspace, "before")
    say(f"{project.name}: {counted(before.outcomes)}, {len(pages_before.answers)} requests; apply")
    report, problems = apply(workspace, *extra)
    say(f"{project.name}: its tests and pages after")
    after, pages_after = run_tests(workspace, "after"), request_all(workspace, "after")
    problems += [*differences(before, after), *changed_answers(pages_before, pages_after)]
    querying, views_after = before.querying | pages_before.querying, routed_views(workspace)
    views = count_views(views_before, views_after, report, querying, after.visited, pages_after.visited)
    figures: tuple[list[int] | None, list[str]] = (None, [])
    if swept and report["files"]:
        figures, failures = sweep_both(workspace, report)
        problems += failures
    result = Result(
        *(project.name, project.version, project.django, counted(after.outcomes), len(pages_after.answers)),
        *(views, refusals_of(report), problems, *figures),
        swept_views=views.made_async if figures[0] else 0,
    )
    save(result, folder)
    return result


def sweep_both(workspace: Workspace, report: dict[str, Any]) -> tuple[tuple[list[int], list[str]], list[str]]:
    """Sweeps the base and the branch: figures and functions not reached, and what fails only after."""
    say(f"{workspace.project.name}: its migrated views under uvicorn, before and after")
    run(("git", "checkout", "--quiet", BASE), cwd=workspace.tree)
    before = sweep(workspace, report, "before", measure=False)
    run(("git", "checkout", "--quiet", BRANCH), cwd=workspace.tree)
    after = sweep(workspace, report, "after", measure=True)
    failures = new_trouble(before, after)
    return sweep_figures(before, after, failures), failures


def apply(workspace: Workspace, *extra: str) -> tuple[dict[str, Any], list[str]]:
    """Applies amigrate on a branch and checks this out: its report, and what went wrong.

    Raises:
        RuntimeError: it failed.
    """
    report = workspace.folder / "report.json"
    report.unlink(missing_ok=True)
    done = amigrate(workspace, "apply", "--branch", BRANCH, "--json", str(report), *extra)
    # A crash also ends with 3: only with a report was it a run that left something out.
    if done.returncode not in (0, 3) or not report.exists():
        raise RuntimeError(f"amigrate apply ended with {done.returncode}: {done.stderr.strip()}")
    content: dict[str, Any] = json.loads(report.read_bytes())
    problems = [f"not done: {failure['path']}: {failure['reason']}" for failure in content["failures"]]
    if not content["files"]:
        return content, problems
    run(("git", "checkout", "--quiet", BRANCH), cwd=workspace.tree)
    if amigrate(workspace, "preview", "--check", *extra).returncode:
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


def print_results(results: list[Result]) -> None:
    """A Markdown table on stdout; the reasons of refusals and problems below it."""
    print(table(results))
    for reason, count in reasons(results).most_common():
        print(f"{count:4} {reason}")
    for result in results:
        for problem in result.problems:
            print(f"{result.name}: {problem}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

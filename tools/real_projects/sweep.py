"""The unsafe-access sweep: each URL under a real ASGI server, before and after, and what of the new functions it ran.

The test client runs sync and async views alike in one thread, and a project's tests may enter few branches. Here
uvicorn serves the project, rows have all their relations, and each view is asked with what it looks up in a request.
"""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_projects.workspace import Workspace

TIME_LIMIT = 3600


@dataclass(frozen=True, slots=True)
class Sweep:
    """What came back, and of each measured function its lines and branches and those not reached.

    `answers` are status and redirection; `trouble` lines of the server's log that name a lost coroutine or a sync call
    on the event loop.
    """

    answers: Mapping[str, list[Any]]
    trouble: Mapping[str, list[str]]
    coverage: Mapping[str, Mapping[str, Any]]

    @property
    def reached(self) -> tuple[int, int, int, int]:
        """Lines reached and all lines, branches taken and all branches."""
        lines = sum(one["lines"] for one in self.coverage.values())
        missed = sum(
            len(one["missing"]) if one["missing"] != ["all"] else one["lines"] for one in self.coverage.values()
        )
        branches = sum(one.get("branches", 0) for one in self.coverage.values())
        missed_branches = sum(len(one.get("missing_branches", ())) for one in self.coverage.values())
        return lines - missed, lines, branches - missed_branches, branches


def sweep(workspace: Workspace, report: Mapping[str, Any], label: str, *, measure: bool) -> Sweep:
    """Requests the views that `report` makes async, in the tree as it is checked out.

    With `measure` it is noted which lines and branches of all functions that became async were run.

    Raises:
        subprocess.CalledProcessError: the project could not be served; the log beside the record says why.
    """
    folder = workspace.folder / "sweep"
    folder.mkdir(exist_ok=True)
    wanted = folder / "wanted.json"
    functions = made_async(workspace.tree, report) if measure else {}
    wanted.write_text(json.dumps({"symbols": sorted(_symbols(report)), "functions": functions}))
    record = folder / f"{label}.json"
    with record.open("wb") as output, record.with_suffix(".log").open("wb") as log:
        subprocess.run(
            [str(workspace.python), "-m", "sweep_pages", str(folder), str(wanted), *workspace.project.packages],
            cwd=workspace.tree,
            env={**workspace.environment(), "RECORD_VIEWS_IN": str(folder / "views.json")},
            stdout=output,
            stderr=log,
            check=True,
            timeout=TIME_LIMIT,
        )
    return Sweep(**json.loads(record.read_bytes()))


def new_trouble(before: Sweep, after: Sweep) -> list[str]:
    """One line for each request that fails, or is answered with another status or redirection, only after."""
    lines = []
    for request, found in after.trouble.items():
        if request not in before.trouble:
            lines += [f"sweep: {request}: {line.strip().splitlines()[-1][:300]}" for line in found]
    for request in sorted(before.answers.keys() & after.answers.keys()):
        old, new = before.answers[request], after.answers[request]
        if old != new:
            lines.append(f"sweep: {request}: {old[0]} {old[1]} before, {new[0]} {new[1]} after")
    return lines


def made_async(tree: Path, report: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """`path:qualname` of each function that a report made async, with its lines in the tree as it is now."""
    found = {}
    symbols = _symbols(report)
    for path in (file["path"] for file in report["files"]):
        for qualname, node in _functions(ast.parse((tree / path).read_bytes()), ""):
            if f"{path.removesuffix('.py').replace('/', '.').removesuffix('.__init__')}.{qualname}" in symbols:
                found[f"{path}:{qualname}"] = (node.lineno, node.end_lineno or node.lineno)
    return found


def _symbols(report: Mapping[str, Any]) -> set[str]:
    edits = (edit for file in report["files"] for edit in file["edits"])
    return {edit["symbol"] for edit in edits if edit["codemod"] in ("async-views", "async-functions")}


def _functions(node: ast.AST, prefix: str) -> list[tuple[str, ast.AsyncFunctionDef]]:
    found: list[tuple[str, ast.AsyncFunctionDef]] = []
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", "")
        if isinstance(child, ast.AsyncFunctionDef):
            found.append((prefix + name, child))
        inner = f"{prefix}{name}." if isinstance(child, ast.ClassDef) else prefix
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            found += _functions(child, inner)
    return found

"""Compares the thread hops that `amigrate audit` counts with those that requests take, on real projects.

    python tools/hops.py [NAME ...] [--work DIR] [--runtime] [--markdown FILE]

Takes each project through `apply`, requests every URL of the result as Django's ASGI handler would, with every call of
`sync_to_async` counted, and compares with the audit of the project as it was. The exit code is 1 when a view took a
number of hops that the audit did not allow for.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import ROOT, amigrate, say
from real_projects.projects import PROJECTS, RealProject
from real_projects.workspace import Workspace, prepare

DEFAULT = ("django-todo", "patchman", "django-spirit")
COLUMNS = ("project", "view", "before", "after, counted", "after, measured", "requests", "agree")
HEAD = "| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|"


@dataclass(frozen=True, slots=True)
class Row:
    """One view: what was counted, and the hops that its requests took."""

    project: str
    view: str
    counted: str
    low: int
    high: int
    loops: bool
    measured: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """Whether all that was measured is in the range; what loops add for each turn has no upper end."""
        return self.low <= min(self.measured) and (self.loops or max(self.measured) <= self.high)

    @property
    def markdown(self) -> str:
        """A line of the table."""
        seen = ", ".join(map(str, sorted(set(self.measured))))
        answer = "yes" if self.agrees else "NO"
        cells = (self.project, f"`{self.view}`", 1, self.counted, seen, len(self.measured), answer)
        return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROJECTS)}; default: {DEFAULT}")
    parser.add_argument("--work", type=Path, default=ROOT / ".corpus", help="folder for downloads and trees")
    parser.add_argument("--runtime", action="store_true", help="let the new code import django_ahead")
    parser.add_argument("--markdown", type=Path, help="write the table there too")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.names or DEFAULT:
        extra = ("--runtime",) if options.runtime else ()
        rows += compare(PROJECTS[name], options.work.resolve() / name, extra)
    table = "\n".join([HEAD, *(row.markdown for row in rows)])
    print(table)
    wrong = [row for row in rows if not row.agrees]
    summary = f"{len(rows)} async views, {sum(len(row.measured) for row in rows)} requests, {len(wrong)} disagree"
    print(summary)
    if options.markdown:
        options.markdown.write_text(f"{table}\n\n{summary}\n")
    return int(bool(wrong))


def compare(project: RealProject, folder: Path, extra: tuple[str, ...] = ()) -> list[Row]:
    """The views of one project that became async and answered a request; `extra` are more options for amigrate."""
    say(f"{project.name}: download, unpack, install")
    workspace = prepare(project, folder)
    counted = audit(workspace)
    say(f"{project.name}: apply, and request all pages")
    done = amigrate(workspace, "apply", "--in-place", *extra)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"amigrate apply ended with {done.returncode}: {done.stderr.strip()}")
    measured = measure(workspace)
    return [row(project.name, counted[name], tuple(hops)) for name, hops in sorted(measured.items()) if name in counted]


def audit(workspace: Workspace) -> Mapping[str, Any]:
    """The views that would become async, by name."""
    report = workspace.folder / "audit.json"
    amigrate(workspace, "audit", "--json", str(report))
    return {view["name"]: view for view in json.loads(report.read_bytes())["views"] if view["hops_after"]}


def measure(workspace: Workspace) -> Mapping[str, Sequence[int]]:
    """The hops of each request that reached an async view and was answered without an error."""
    environment = {**workspace.environment(), "RECORD_VIEWS_IN": str(workspace.folder / "hops-views.json")}
    with (workspace.folder / "hops.log").open("wb") as log:
        done = subprocess.run(
            [str(workspace.python), "-m", "probe_hops", *workspace.project.packages],
            cwd=workspace.tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
        )
    found: defaultdict[str, list[int]] = defaultdict(list)
    for one in json.loads(done.stdout):
        if one["async"] and one["reached"] and one["status"] < 400:
            found[one["view"]].append(one["hops"])
    return found


def row(project: str, view: Mapping[str, Any], measured: tuple[int, ...]) -> Row:
    """The comparison of one view."""
    hops = view["hops_after"]
    counted = str(hops["low"]) if hops["low"] == hops["high"] else f"{hops['low']}-{hops['high']}"
    counted += "".join(f" + {loop['high']} per {loop['per']}" for loop in hops["loops"])
    return Row(project, view["name"], counted, hops["low"], hops["high"], bool(hops["loops"]), measured)


if __name__ == "__main__":
    sys.exit(main())

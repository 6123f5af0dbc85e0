"""Which views a project routes, which of them are async, and what a report says about them.

The project itself is asked, through its own URL resolver, so the counts do not depend on how amigrate reads it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from real_projects.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """Function views that URLs lead to. Those that touch the ORM are the ones the report changes or refuses.

    Of those that became async, `tested` are reached by the project's own tests, and `requested` by these or by the
    requests of all URLs: the others are as safe as the analysis, and nothing else.
    """

    routed: int
    touching: int
    made_async: int
    tested: int
    requested: int
    refused: int

    @property
    def share(self) -> float:
        """The part of the views touching the ORM that became async."""
        return self.made_async / self.touching if self.touching else 0.0


def routed_views(workspace: Workspace) -> dict[str, bool]:
    """`module.qualname` of each function view of the tree that a URL leads to, and whether it is a coroutine function.

    Raises:
        subprocess.CalledProcessError: the project could not be loaded; its traceback is on stderr.
    """
    done = subprocess.run(
        [str(workspace.python), "-m", "probe_views", str(workspace.tree)],
        cwd=workspace.tree,
        env=workspace.environment(),
        stdout=subprocess.PIPE,
        check=True,
    )
    views: dict[str, bool] = json.loads(done.stdout.splitlines()[-1])
    return views


def count_views(
    before: Mapping[str, bool],
    after: Mapping[str, bool],
    report: Mapping[str, Any],
    tested: frozenset[str],
    requested: frozenset[str],
) -> ViewCounts:
    """The counts of one migration. A view that is async before it is not counted as made async."""
    made_async = {view for view, is_async in after.items() if is_async and not before.get(view, False)}
    refused = {refusal["symbol"] for refusal in report["refusals"]} & before.keys() - made_async
    return ViewCounts(
        routed=len(before),
        touching=len(made_async | refused),
        made_async=len(made_async),
        tested=len(made_async & tested),
        requested=len(made_async & (tested | requested)),
        refused=len(refused),
    )

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

NOTHING_TO_GAIN = "all that it waits for has only a sync form"
BRIDGES = ("sync-bridge", "orm-relations")


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """Function views and `View` handlers that URLs lead to.

    Those that touch the ORM, or render, are the ones that the report changes or refuses. `made_async` are async now and
    were not; `bridged` of them call something through a thread besides rendering, `bridges` times in all.
    `sync_only` wait for nothing that has an async form, `refused` stay sync for other reasons.

    Of those that became async, `tested` are reached by the project's own tests, and `requested` by these or by the
    requests of all URLs: the others are as safe as the analysis, and nothing else.
    """

    routed: int
    touching: int
    made_async: int
    bridged: int
    bridges: int
    tested: int
    requested: int
    sync_only: int
    refused: int

    @property
    def share(self) -> float:
        """The part of the views touching the ORM that became async."""
        return self.made_async / self.touching if self.touching else 0.0

    @property
    def share_of_gaining(self) -> float:
        """The same of the views that have something to gain."""
        gaining = self.touching - self.sync_only
        return self.made_async / gaining if gaining else 0.0


def routed_views(workspace: Workspace) -> dict[str, bool]:
    """`module.qualname` of each view of the tree that a URL leads to, and whether it is a coroutine function.

    Views are functions and the handlers of plain `View` classes.

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
    reasons = {refusal["symbol"]: refusal["reason"] for refusal in report["refusals"]}
    left = {view for view in before.keys() - made_async if view in reasons or view.rpartition(".")[0] in reasons}
    sync_only = {view for view in left if reasons.get(view, "").startswith(NOTHING_TO_GAIN)}
    edits = [edit for file in report["files"] for edit in file["edits"] if edit["symbol"] in made_async]
    bridges = [e for e in edits if e["codemod"] in BRIDGES and "sync_to_async" in e["after"]]
    return ViewCounts(
        routed=len(before),
        touching=len(made_async | left),
        made_async=len(made_async),
        bridged=len({edit["symbol"] for edit in bridges}),
        bridges=len(bridges),
        tested=len(made_async & tested),
        requested=len(made_async & (tested | requested)),
        sync_only=len(sync_only),
        refused=len(left - sync_only),
    )

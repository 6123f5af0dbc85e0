"""Which views a project routes, which of them are async, and what a report says about them.

The project itself is asked, through its own URL resolver, so the counts do not depend on how amigrate reads it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from real_projects.workspace import Workspace

NOTHING_TO_GAIN = "all that it waits for has only a sync form"
BRIDGES = ("sync-bridge", "orm-relations")


@dataclass(frozen=True, slots=True)
class RoutedViews:
    """The views of a tree that URLs lead to: `is_async` of each, those with a word of the ORM in their text (`orm`),
    and how many views of Django REST framework there are besides."""

    is_async: Mapping[str, bool]
    orm: frozenset[str]
    api: int


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """Function views and `View` handlers that URLs lead to; `api` are those of Django REST framework besides.

    Those `touching` the ORM query themselves: there is a word of it in their text, or they made a query of their own in
    a test or request before. Of these `converted` became async, `sync_only` wait for nothing that has an async form,
    and `refused` stay sync for other reasons; `left` names the latter two. `plain` are the others that the report
    refuses: they render, ask forms, other libraries or the request. `made_async` are async now and were not, touching
    the ORM or not; `bridged` of them call something through a thread besides rendering, `bridges` times in all.

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
    converted: int = 0
    plain: int = 0
    api: int = 0
    left: Sequence[str] = ()

    @property
    def share(self) -> float:
        """The part of the views touching the ORM that became async."""
        return self.converted / self.touching if self.touching else 0.0

    @property
    def share_of_gaining(self) -> float:
        """The same of the views that have something to gain."""
        gaining = self.touching - self.sync_only
        return self.converted / gaining if gaining else 0.0


def routed_views(workspace: Workspace) -> RoutedViews:
    """The views of the tree that a URL leads to, by `module.qualname`.

    Views are functions and the handlers of plain `View` classes, also with one of Django's mixins for permissions.

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
    found = json.loads(done.stdout.splitlines()[-1])
    views = found["views"]
    orm = frozenset(name for name, view in views.items() if view["orm"])
    return RoutedViews({name: view["async"] for name, view in views.items()}, orm, len(found["api"]))


def count_views(
    before: RoutedViews,
    after: RoutedViews,
    report: Mapping[str, Any],
    querying: frozenset[str],
    tested: frozenset[str],
    requested: frozenset[str],
) -> ViewCounts:
    """The counts of one migration. A view that is async before it is not counted as made async.

    `querying` made a query of their own before, `tested` and `requested` were reached afterwards.
    """
    old, new = before.is_async, after.is_async
    made_async = {view for view, is_async in new.items() if is_async and not old.get(view, False)}
    reasons = {refusal["symbol"]: refusal["reason"] for refusal in report["refusals"]}
    known = {view for view in old.keys() - made_async if view in reasons or view.rpartition(".")[0] in reasons}
    own = before.orm | querying
    left = known & own
    sync_only = {view for view in left if reasons.get(view, "").startswith(NOTHING_TO_GAIN)}
    edits = [edit for file in report["files"] for edit in file["edits"] if edit["symbol"] in made_async]
    bridges = [e for e in edits if e["codemod"] in BRIDGES and "sync_to_async" in e["after"]]
    return ViewCounts(
        routed=len(old),
        touching=len(made_async & own) + len(left),
        made_async=len(made_async),
        bridged=len({edit["symbol"] for edit in bridges}),
        bridges=len(bridges),
        tested=len(made_async & tested),
        requested=len(made_async & (tested | requested)),
        sync_only=len(sync_only),
        refused=len(left - sync_only),
        converted=len(made_async & own),
        plain=len(known - left),
        api=before.api,
        left=sorted(left),
    )

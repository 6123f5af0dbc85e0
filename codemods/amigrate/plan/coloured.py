"""What a colouring is: the drafts of what becomes async, and why everything else stays sync."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from amigrate.plan.context import Draft, Obstacle
from amigrate.plan.view_families import ViewFamily


@dataclass(slots=True)
class Colouring:
    """The result: drafts of what becomes async, and why each other function stays sync.

    `twins` are the drafts of the copies that become async twins, by the function that stays sync; `single` says why
    others get none; `reached` are all that were considered. `present` are the drafts of
    `awake`, what is `async def` already; `threaded` is what a decorator runs in a thread; `bridged_calls` are those of
    `callers` that the project bridges itself.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    reasons: dict[str, Obstacle] = field(default_factory=dict)
    callers: dict[str, set[tuple[str, ast.AST]]] = field(default_factory=dict)
    twins: dict[str, Draft] = field(default_factory=dict)
    single: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    mates: dict[str, set[str]] = field(default_factory=dict)  # functions that one call may run, by each of them
    families: dict[str, ViewFamily] = field(default_factory=dict)  # handlers of classes, each with its family
    refused: list[ViewFamily] = field(default_factory=list)
    causes: dict[frozenset[str], tuple[str, Obstacle]] = field(default_factory=dict)  # what dropped a family first
    present: dict[str, Draft] = field(default_factory=dict)
    awake: frozenset[str] = frozenset()
    threaded: frozenset[str] = frozenset()
    bridged_calls: set[tuple[str, ast.AST]] = field(default_factory=set)

    @property
    def converted(self) -> frozenset[str]:
        """The functions that become async."""
        return frozenset(self.drafts)


NOWHERE = ast.Pass()

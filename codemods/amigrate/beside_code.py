"""What a run changes beside the Python code that was planned: settings and requirements."""

from __future__ import annotations

from collections.abc import Mapping

from amigrate.dependency import needing, support, with_support
from amigrate.model import ChangeSet
from amigrate.plan.context import Context
from amigrate.planning import uses_runtime


def with_files_beside(change_set: ChangeSet, context: Context, sources: Mapping[str, bytes]) -> ChangeSet:
    """The change set with the edits of files that no plan knows, each in the groups that need it."""
    program = context.analyst.program
    taken = {change.path for change in change_set.changes}
    groups = needing(change_set)
    found = support(program.project, sources, groups, taken, new=not uses_runtime(program), tags=False)
    return with_support(change_set, found)

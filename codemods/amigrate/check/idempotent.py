"""A second run finds nothing (guarantee G3)."""

from __future__ import annotations

from collections.abc import Sequence

from amigrate.model import Failure, FilePlan


def not_settled(again: Sequence[FilePlan]) -> tuple[Failure, ...]:
    """A failure for each file that the plan of the rewritten project would change once more.

    Args:
        again: the plans that the project gets after it was rewritten.
    """
    return tuple(
        Failure(
            plan.path,
            f"line {site.span.line}: {site.codemod} would change this again; report it as a bug of amigrate",
        )
        for plan in again
        for site in plan.sites[:1]
    )

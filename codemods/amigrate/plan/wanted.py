"""What the user asked for, and which groups are left out for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amigrate.model import Confidence, Group, Site


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for.

    Args:
        select: ids of codemods; empty for all. A group that needs another one is left out with a refusal.
        ignore: ids of codemods not to be used.
        confidence: groups that are less sure are left out.
        worthwhile: only entry points that gain: see `worthwhile.judge`.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    confidence: Confidence = Confidence.REVIEW
    worthwhile: bool = False


def unselected(groups: list[Group], sites: Mapping[str, list[Site]], wanted: Wanted) -> dict[str, str]:
    """Groups that are not wanted, with the reason."""
    dropped: dict[str, str] = {}
    select, ignore = wanted.select, wanted.ignore
    for group in groups:
        if group.confidence.rank > wanted.confidence.rank:
            dropped[group.id] = (
                f"an edit in it is of confidence {group.confidence}, and only {wanted.confidence} is asked for"
            )
            continue
        used = {s.codemod for found in sites.values() for s in found if s.group == group.id}
        if unwanted := sorted(used & ignore):
            dropped[group.id] = f"it needs the codemod {unwanted[0]}, which is ignored"
        elif select and group.lead not in select and not used <= select:
            missing = sorted(used - select)
            dropped[group.id] = f"it needs the codemod {missing[0]}, which is not selected"
    return dropped

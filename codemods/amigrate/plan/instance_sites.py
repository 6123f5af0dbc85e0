"""Sites of calls on consumers that are made by hand: tests of code that becomes async await its methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amigrate.model import Confidence, Site
from amigrate.plan.awaiting import binds
from amigrate.plan.coloured import Colouring
from amigrate.plan.consumer_instances import instances
from amigrate.plan.consumer_sites import CODEMOD
from amigrate.plan.context import Context, span


def awaited_calls(context: Context, coloured: Colouring, group_of: Mapping[str, str]) -> Iterator[tuple[str, Site]]:
    """The sites, with their paths, of calls on instances of consumers that become async."""
    families = {family.classes: family for family in coloured.families.values() if family.consumer}
    for family in families.values():
        converted = [member for member in sorted(family.members) if member in coloured.drafts]
        if not converted or len(converted) != len(family.members):
            continue
        for made in instances(context, family.classes, family.members):
            for call, around in made.calls:
                params = (("op", "await"), ("parens", "1")) if binds(around, call) else (("op", "await"),)
                reason, owner = "the method of the consumer is async", family.routed[0]
                group = group_of[converted[0]]
                site = Site(span(call), "Call", CODEMOD, params, group, owner, reason, Confidence.REVIEW)
                yield made.path, site

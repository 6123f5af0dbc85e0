"""Groups: what only works together is applied, or left out, together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set

from amigrate.model import Confidence, Group, Site
from amigrate.plan.asked_backends import asked_backends
from amigrate.plan.channels.names import CONSUMERS as NATIVE
from amigrate.plan.channels.names import GROUP as MOVING
from amigrate.plan.coloured import Colouring
from amigrate.plan.consumer_sites import CODEMOD as CONSUMERS
from amigrate.plan.context import Context
from amigrate.plan.decorators import Core, judge_all
from amigrate.plan.middleware import CODEMOD as MIDDLEWARE
from amigrate.plan.removals import paired
from amigrate.plan.test_cases import shared_clients
from amigrate.plan.test_sites import CODEMOD as TESTS


def hooks_of(context: Context, coloured: Colouring, group_of: Mapping[str, str]) -> dict[str, str]:
    """The hooks that log in for converted tests, with the group of these."""
    return {hook: group_of[name] for name, hooks in shared_clients(context, coloured.drafts) for hook in hooks}


def groups_of(context: Context, coloured: Colouring) -> dict[str, str]:
    """Functions that call each other are one group, named after its first function."""
    cores = cores_of(context, coloured)
    backends = asked_backends(context, coloured)
    clients = dict(shared_clients(context, coloured.drafts))
    hooks = {hook for shared in clients.values() for hook in shared}
    pairs = paired(context, coloured)
    parent = {n: n for n in (*coloured.drafts, *coloured.present, *coloured.twins, *pairs, *hooks, *cores)}
    parent |= {method: method for methods in backends.values() for method in methods}

    def find(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for name in coloured.drafts:
        for core in judge_all(context, name).cores:
            first, second = sorted((find(name), find(core.wrapper)))
            parent[second] = first
    for name, methods in backends.items():
        for method in methods:
            first, second = sorted((find(name), find(method)))
            parent[second] = first
    for name, shared in clients.items():
        for hook in shared:
            first, second = sorted((find(name), find(hook)))
            parent[second] = first
    for name, calls in coloured.callers.items():
        for caller, _ in calls:
            if name in parent and caller in parent:
                first, second = sorted((find(name), find(caller)))
                parent[second] = first
    for name, family in coloured.families.items():
        for other in family.members:
            if name in parent and other in parent:
                first, second = sorted((find(name), find(other)))
                parent[second] = first
    for name, draft in (*coloured.drafts.items(), *coloured.present.items(), *coloured.twins.items()):
        for effect in draft.analysis.effects:
            for target in effect.targets:
                if target in parent:
                    first, second = sorted((find(name), find(target)))
                    parent[second] = first
    return {name: find(name) for name in parent}


def joined_into(group_of: Mapping[str, str], functions: Set[str], group: str) -> dict[str, str]:
    """The same groups, but those of these functions are one with this name."""
    merged = {group_of[name] for name in functions if name in group_of}
    return {name: group if found in merged else found for name, found in group_of.items()}


def cores_of(context: Context, coloured: Colouring) -> dict[str, Core]:
    """The wrappers of decorators that get an async branch for what becomes async."""
    return {core.wrapper: core for name in sorted(coloured.drafts) for core in judge_all(context, name).cores}


def described(
    context: Context, coloured: Colouring, group_of: Mapping[str, str], sites: Mapping[str, list[Site]]
) -> list[Group]:
    routed = {r.view for r in context.routes} | coloured.families.keys()
    confidence: dict[str, Confidence] = {}
    paths: dict[str, set[str]] = {}
    for path, found in sites.items():
        for site in found:
            worst = confidence.get(site.group, Confidence.SAFE)
            confidence[site.group] = max(worst, site.confidence, key=lambda c: c.rank)
            paths.setdefault(site.group, set()).add(path)
    leads = dict.fromkeys(paths, TESTS if context.tests else "async-functions")
    defined = {group_of[n] for n in (*coloured.drafts, *coloured.twins)}
    here = {group_of[n] for n in coloured.present} - defined
    for group in paths.keys() & here:  # only code that is async already: named after what is done there most
        used = Counter(s.codemod for found in sites.values() for s in found if s.group == group)
        leads[group] = min(used, key=lambda codemod: (-used[codemod], codemod))
    leads.update({s.group: MIDDLEWARE for found in sites.values() for s in found if s.codemod == MIDDLEWARE})
    leads.update({group_of[n]: "async-views" for n in coloured.drafts if n in routed})
    consuming = (n for n in coloured.drafts if (family := coloured.families.get(n)) and family.consumer)
    leads.update({group_of[n]: CONSUMERS for n in consuming})
    leads.update({g: NATIVE for g in paths if g == MOVING})
    needs = _needs(coloured, group_of)
    return [Group(g, leads[g], confidence[g], tuple(sorted(paths[g])), needs.get(g, ())) for g in sorted(paths)]


def _needs(coloured: Colouring, group_of: Mapping[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each group, which of its functions call, or hand over, which others of it."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name, draft in (*coloured.drafts.items(), *coloured.present.items(), *coloured.twins.items()):
        for effect in draft.analysis.effects:
            for target in effect.targets:
                if target != name and target in group_of:
                    found.setdefault(group_of[name], set()).add((name, target))
    return {group: tuple(sorted(pairs)) for group, pairs in found.items()}

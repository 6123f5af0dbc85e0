"""The plan: sites of every file, groups of what only works together, and refusals for what is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from amigrate.facts.lattice import Kind
from amigrate.model import FilePlan, Group, Refusal, Site
from amigrate.plan.already_async import definition, kept_sites, left
from amigrate.plan.asked_backends import asked_backends
from amigrate.plan.backends import backend_sites
from amigrate.plan.channels.moved import Native
from amigrate.plan.channels.names import GROUP
from amigrate.plan.channels.uses import uses_of_channels
from amigrate.plan.coloured import Colouring
from amigrate.plan.colouring import colour
from amigrate.plan.consumer_bases import base_sites
from amigrate.plan.context import Context
from amigrate.plan.definitions import definition_site
from amigrate.plan.dual_mode import draft_core
from amigrate.plan.groups import cores_of, described, groups_of, hooks_of, joined_into
from amigrate.plan.instance_sites import awaited_calls
from amigrate.plan.middleware import CODEMOD as MIDDLEWARE
from amigrate.plan.middleware import Middleware, middleware
from amigrate.plan.refusals import refusals_of, refused_group
from amigrate.plan.removals import kept, removals
from amigrate.plan.test_sites import hook_sites
from amigrate.plan.twin_sites import CODEMOD as TWINS
from amigrate.plan.twin_sites import twin_sites
from amigrate.plan.wanted import Wanted, unselected


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done."""

    files: tuple[FilePlan, ...]
    groups: tuple[Group, ...]
    refusals: tuple[Refusal, ...]
    functions: frozenset[str]


def make_plan(context: Context, wanted: Wanted) -> Plan:
    """Colours the program and gathers sites, groups and refusals.

    Args:
        context: the analysed program and the target versions.
        wanted: what the user selected.
    """
    coloured = _coloured(context, worthwhile=wanted.worthwhile)
    moving = _from_channels(context, coloured)
    group_of = joined_into(groups_of(context, coloured), moving.functions, GROUP)
    sites: dict[str, list[Site]] = {}
    consuming = (*base_sites(context, coloured, moving.moved, group_of), *awaited_calls(context, coloured, group_of))
    for path, site in (*moving.sites, *consuming):
        sites.setdefault(path, []).append(site)
    for name, draft in coloured.drafts.items():
        here = name in coloured.threaded
        made = definition(context, name, draft) if here else definition_site(context, name, draft, coloured)
        for site in (made, *draft.sites):
            sites.setdefault(draft.analysis.path, []).append(replace(site, group=group_of[name], symbol=name))
    for name, draft in coloured.present.items():
        for site in kept_sites(draft):
            sites.setdefault(draft.analysis.path, []).append(replace(site, group=group_of[name], symbol=name))
    for name, draft in coloured.twins.items():
        sites.setdefault(draft.analysis.path, []).extend(twin_sites(draft, group_of[name]))
    for hook, group in hooks_of(context, coloured, group_of).items():
        path = context.analyst.program.functions[hook][0].path
        sites.setdefault(path, []).extend(hook_sites(context, hook, group))
    for path, site in removals(context, coloured, group_of):
        sites.setdefault(path, []).append(site)
    backends = {m for methods in asked_backends(context, coloured).values() for m in methods}
    for path, site in backend_sites(context, sorted(backends), group_of):
        sites.setdefault(path, []).append(site)
    wrappers = cores_of(context, coloured)
    for core in wrappers.values():
        for site in (draft := draft_core(context, core)).sites:
            named = replace(site, group=group_of[core.wrapper], symbol=core.wrapper)
            sites.setdefault(draft.analysis.path, []).append(named)
    own = middleware(context) if MIDDLEWARE in wanted.select and not context.tests else Middleware()
    for path, site in own.sites:
        sites.setdefault(path, []).append(site)
    groups = described(context, coloured, group_of, sites)
    refusals = [*refusals_of(context, coloured), *kept(context, coloured), *own.refusals, *moving.refusals]
    refusals += left(context, coloured.present)
    dropped = unselected(groups, sites, wanted)
    for group, reason in dropped.items():
        refusals += refused_group(
            context, {n: g for n, g in group_of.items() if n not in wrappers and n not in backends}, group, reason
        )
    remaining = tuple(g for g in groups if g.id not in dropped)
    functions = frozenset(n for n in coloured.drafts if group_of[n] not in dropped)
    new = functions - coloured.threaded  # whose calls were awaited before
    files = tuple(
        FilePlan(
            path,
            _digest(context, path),
            tuple(sorted(chosen, key=_order)),
            _coroutines(context, path, new, group_of) | _twin_names(chosen),
        )
        for path, found in sorted(sites.items())
        if (chosen := [s for s in found if s.group not in dropped])
    )
    refusals.sort(key=lambda r: (r.path, r.line, r.symbol))
    twins = frozenset(s.symbol for f in files for s in f.sites if s.twin)
    return Plan(files, remaining, tuple(refusals), functions | twins)


def _from_channels(context: Context, coloured: Colouring) -> Native:
    """What moves from Channels, if that is wanted and there is something of Channels."""
    if context.websockets != "native" or context.tests or not uses_of_channels(context).found:
        return Native()
    from amigrate.plan.channels.native import native  # of many modules, which few projects need

    return native(context, coloured)


def _coloured(context: Context, *, worthwhile: bool) -> Colouring:
    if not worthwhile:
        return colour(context)
    from amigrate.plan.worthwhile import colour_worthwhile  # only who asks for it pays for counting hops

    return colour_worthwhile(context)


def joined(plans: Sequence[Plan]) -> Plan:
    """Plans of code and of tests as one; both may have sites in a test."""
    merged: dict[str, FilePlan] = {}
    for file in (f for plan in plans for f in plan.files):
        known = merged.get(file.path, replace(file, sites=(), coroutines=frozenset()))
        sites = tuple(sorted((*known.sites, *file.sites), key=_order))
        merged[file.path] = replace(file, sites=sites, coroutines=known.coroutines | file.coroutines)
    files = [merged[path] for path in sorted(merged)]
    groups = sorted((g for plan in plans for g in plan.groups), key=lambda g: g.id)
    refusals = sorted((r for plan in plans for r in plan.refusals), key=lambda r: (r.path, r.line, r.symbol))
    functions = frozenset[str]().union(*(plan.functions for plan in plans))
    return Plan(tuple(files), tuple(groups), tuple(refusals), functions)


def _twin_names(sites: list[Site]) -> frozenset[tuple[str, str]]:
    """The names of async twins that the calls in a file use, with the groups of these calls."""
    calls = (s for s in sites if s.codemod == TWINS and s.param("op") == "call" and not s.param("method"))
    return frozenset((s.param("name"), s.group) for s in calls)


def _order(site: Site) -> tuple[object, ...]:
    """Sites of a file by their place; a queryset gets its `select_related` or fields before it is made a list."""
    return site.span, site.param("op") not in ("select-related", "load-fields"), site


def _coroutines(
    context: Context, path: str, functions: frozenset[str], group_of: Mapping[str, str]
) -> frozenset[tuple[str, str]]:
    """The names by which a file calls plain functions that become async (methods are checked by the plan)."""
    program, analyst = context.analyst.program, context.analyst
    module = next(m for m in program.modules.values() if m.path == path)
    if module.light:
        return frozenset()
    called = {
        f for f in functions if not program.functions[f][1].owner and analyst.returns(f).kind is not Kind.GENERATOR
    }
    own = {(f.rpartition(".")[2], f) for f in called if f == f"{module.module}.{f.rpartition('.')[2]}"}
    imported = {(name, program.resolve(module.module, name).qualified) for name, _ in module.imports}
    return frozenset((name, group_of[function]) for name, function in own | imported if function in called)


def _digest(context: Context, path: str) -> str:
    return next(m.digest for m in context.analyst.program.modules.values() if m.path == path)

"""The plan: sites of every file, groups of what only works together, and refusals for what is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from amigrate.facts.lattice import Kind
from amigrate.facts.module import decorator_name
from amigrate.model import Confidence, FilePlan, Group, Refusal, Site
from amigrate.plan.already_async import definition, kept_sites, left
from amigrate.plan.backends import backend_sites, missing_methods
from amigrate.plan.class_refusals import class_refusals
from amigrate.plan.coloured import Colouring
from amigrate.plan.colouring import colour
from amigrate.plan.context import Context, Draft, Obstacle, span
from amigrate.plan.decorators import MANAGER, Core, judge_all
from amigrate.plan.dual_mode import draft_core
from amigrate.plan.middleware import CODEMOD as MIDDLEWARE
from amigrate.plan.middleware import Middleware, middleware
from amigrate.plan.removals import kept, paired, removals
from amigrate.plan.suggestions import suggest
from amigrate.plan.test_cases import shared_clients
from amigrate.plan.test_sites import CODEMOD as TESTS
from amigrate.plan.test_sites import hook_sites
from amigrate.plan.twin_sites import CODEMOD as TWINS
from amigrate.plan.twin_sites import twin_sites
from amigrate.plan.uses import RENAMED
from amigrate.plan.view_families import dispatch_place
from amigrate.plan.worthwhile import colour_worthwhile

_RETURNS = {
    "Iterator": "AsyncIterator",
    "Iterable": "AsyncIterable",
    "Generator": "AsyncGenerator",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done."""

    files: tuple[FilePlan, ...]
    groups: tuple[Group, ...]
    refusals: tuple[Refusal, ...]
    functions: frozenset[str]


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


def make_plan(context: Context, wanted: Wanted) -> Plan:
    """Colours the program and gathers sites, groups and refusals.

    Args:
        context: the analysed program and the target versions.
        wanted: what the user selected.
    """
    coloured = colour_worthwhile(context) if wanted.worthwhile else colour(context)
    group_of = _groups(context, coloured)
    sites: dict[str, list[Site]] = {}
    for name, draft in coloured.drafts.items():
        here = name in coloured.threaded
        made = definition(context, name, draft) if here else _definition(context, name, draft, coloured)
        for site in (made, *draft.sites):
            sites.setdefault(draft.analysis.path, []).append(replace(site, group=group_of[name], symbol=name))
    for name, draft in coloured.present.items():
        for site in kept_sites(draft):
            sites.setdefault(draft.analysis.path, []).append(replace(site, group=group_of[name], symbol=name))
    for name, draft in coloured.twins.items():
        sites.setdefault(draft.analysis.path, []).extend(twin_sites(draft, group_of[name]))
    for hook, group in _hooks(context, coloured, group_of).items():
        path = context.analyst.program.functions[hook][0].path
        sites.setdefault(path, []).extend(hook_sites(context, hook, group))
    for path, site in removals(context, coloured, group_of):
        sites.setdefault(path, []).append(site)
    backends = {m for methods in _asked_backends(context, coloured).values() for m in methods}
    for path, site in backend_sites(context, sorted(backends), group_of):
        sites.setdefault(path, []).append(site)
    wrappers = _cores(context, coloured)
    for core in wrappers.values():
        for site in (draft := draft_core(context, core)).sites:
            named = replace(site, group=group_of[core.wrapper], symbol=core.wrapper)
            sites.setdefault(draft.analysis.path, []).append(named)
    own = middleware(context) if MIDDLEWARE in wanted.select and not context.tests else Middleware()
    for path, site in own.sites:
        sites.setdefault(path, []).append(site)
    groups = _describe(context, coloured, group_of, sites)
    refusals = [*_refusals(context, coloured), *kept(context, coloured), *own.refusals]
    refusals += left(context, coloured.present)
    dropped = _unselected(groups, sites, wanted)
    for group, reason in dropped.items():
        refusals += _refused_group(
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


def joined(plans: Sequence[Plan]) -> Plan:
    """Plans of different files as one."""
    files = sorted((f for plan in plans for f in plan.files), key=lambda f: f.path)
    groups = sorted((g for plan in plans for g in plan.groups), key=lambda g: g.id)
    refusals = sorted((r for plan in plans for r in plan.refusals), key=lambda r: (r.path, r.line, r.symbol))
    functions = frozenset[str]().union(*(plan.functions for plan in plans))
    return Plan(tuple(files), tuple(groups), tuple(refusals), functions)


def _hooks(context: Context, coloured: Colouring, group_of: Mapping[str, str]) -> dict[str, str]:
    """The hooks that log in for converted tests, with the group of these."""
    return {hook: group_of[name] for name, hooks in shared_clients(context, coloured.drafts) for hook in hooks}


def _twin_names(sites: list[Site]) -> frozenset[tuple[str, str]]:
    """The names of async twins that the calls in a file use, with the groups of these calls."""
    calls = (s for s in sites if s.codemod == TWINS and s.param("op") == "call" and not s.param("method"))
    return frozenset((s.param("name"), s.group) for s in calls)


def _order(site: Site) -> tuple[object, ...]:
    """Sites of a file by their place; a queryset gets its `select_related` before it is made a list."""
    return site.span, site.param("op") != "select-related", site


def _coroutines(
    context: Context, path: str, functions: frozenset[str], group_of: Mapping[str, str]
) -> frozenset[tuple[str, str]]:
    """The names by which a file calls plain functions that become async (methods are checked by the plan)."""
    program, analyst = context.analyst.program, context.analyst
    module = next(m for m in program.modules.values() if m.path == path)
    called = {
        f for f in functions if not program.functions[f][1].owner and analyst.returns(f).kind is not Kind.GENERATOR
    }
    own = {(f.rpartition(".")[2], f) for f in called if f == f"{module.module}.{f.rpartition('.')[2]}"}
    imported = {(name, program.resolve(module.module, name).qualified) for name, _ in module.imports}
    return frozenset((name, group_of[function]) for name, function in own | imported if function in called)


def _digest(context: Context, path: str) -> str:
    return next(m.digest for m in context.analyst.program.modules.values() if m.path == path)


def _definition(context: Context, name: str, draft: Draft, coloured: Colouring) -> Site:
    """The `def` itself."""
    node = draft.analysis.node
    routed = any(r.view == name for r in context.routes)
    codemod = TESTS if context.tests else "async-views" if routed else "async-functions"
    reason = "a URL pattern calls it" if routed else "all its callers await it"
    family = coloured.families.get(name)
    if family is not None:
        codemod, reason = "async-views", "View.dispatch calls it: all handlers of a class are async, or none"
    if name in context.tests:
        reason = "the test runner awaits it"
    if name in context.entries and not routed:
        reason = "it is named as an entry point"
    params: list[tuple[str, str]] = [*_manager(context, name)]
    if renamed := RENAMED.get(name.rpartition(".")[2]):
        params.append(("rename", renamed))
    place = dispatch_place(context, family, name) if family is not None else ""
    if place:
        params.append(("dispatch", place))
    annotation = getattr(node, "returns", None)
    if draft.analysis.returns.kind is Kind.GENERATOR and annotation is not None:
        import ast

        head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
        last = head.id if isinstance(head, ast.Name) else getattr(head, "attr", "")
        if last in _RETURNS:
            prefix = f"{ast.unparse(head.value)}." if isinstance(head, ast.Attribute) else ""
            params.append(("returns", prefix + _RETURNS[last]))
    confidence = Confidence.REVIEW if place else Confidence.SAFE
    return Site(span(node), type(node).__name__, codemod, tuple(params), "", name, reason, confidence)


def _manager(context: Context, name: str) -> list[tuple[str, str]]:
    """`@contextmanager` becomes `@asynccontextmanager`, as the file spells it."""
    program = context.analyst.program
    module, function = program.functions[name]
    spelled = [decorator_name(d) for d in function.decorators]
    found = next((s for s in spelled if program.resolve(module.module, s).qualified == MANAGER), "")
    return [("decorators", f"contextlib.{found.rpartition('.')[2]}>contextlib.asynccontextmanager")] if found else []


def _groups(context: Context, coloured: Colouring) -> dict[str, str]:
    """Functions that call each other are one group, named after its first function."""
    cores = _cores(context, coloured)
    backends = _asked_backends(context, coloured)
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


def _asked_backends(context: Context, coloured: Colouring) -> dict[str, tuple[str, ...]]:
    """Per function that asks the authentication backends, the methods of these that need an async form for it."""
    missing = missing_methods(context)
    drafts = {**coloured.drafts, **coloured.present, **coloured.twins} if missing else {}
    return {name: missing for name, draft in drafts.items() if _asks_backends(context, name, draft)}


def _asks_backends(context: Context, name: str, draft: Draft) -> bool:
    if any(site.codemod in ("request-user", "async-auth") for site in draft.sites):
        return True
    # the decorators of a handler may stand on its class, or around the class in a URLconf
    return bool(judge_all(context, name).users) or bool(context.analyst.program.functions[name][1].owner)


def _cores(context: Context, coloured: Colouring) -> dict[str, Core]:
    """The wrappers of decorators that get an async branch for what becomes async."""
    return {core.wrapper: core for name in sorted(coloured.drafts) for core in judge_all(context, name).cores}


def _describe(
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
    return [Group(g, leads[g], confidence[g], tuple(sorted(paths[g]))) for g in sorted(paths)]


def _unselected(groups: list[Group], sites: Mapping[str, list[Site]], wanted: Wanted) -> dict[str, str]:
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


def _refused_group(context: Context, group_of: Mapping[str, str], group: str, reason: str) -> list[Refusal]:
    program = context.analyst.program
    return [
        Refusal(program.functions[n][0].path, program.functions[n][1].line, n, "async-functions", reason)
        for n, g in group_of.items()
        if g == group
    ]


def _refusals(context: Context, coloured: Colouring) -> list[Refusal]:
    """One refusal for each entry point that blocks and stays sync, for each helper that is bridged, for each class."""
    program, analyst = context.analyst.program, context.analyst
    routed = {r.view for r in context.routes}
    entries = routed | context.entries | context.tests
    bridged = (
        set()
        if context.tests
        else {
            t
            for draft in coloured.drafts.values()
            for effect in draft.analysis.effects
            for t in effect.targets
            if t not in coloured.drafts
        }
    )
    found: list[Refusal] = []
    pairs = paired(context, coloured)
    for name in sorted((entries | bridged) - coloured.families.keys()):
        if name not in program.functions or name in coloured.drafts or analyst.classes.is_async(name):
            continue
        obstacle = coloured.reasons.get(name)
        if obstacle is None or not analyst.blocks(name) or name in coloured.twins or name in pairs:
            continue
        known = (coloured.reasons[about].reason for about in obstacle.about if about in coloured.reasons)
        because = next((reason for reason in known if not reason.startswith(("its override", "it goes together"))), "")
        if because:
            obstacle = replace(obstacle, reason=f"{obstacle.reason}: {because}")
        found.append(_refusal(context, name, obstacle, routed, coloured.single.get(name, "")))
    return [*found, *class_refusals(context, coloured)]


def _refusal(context: Context, name: str, obstacle: Obstacle, routed: set[str], single: str) -> Refusal:
    module, function = context.analyst.program.functions[name]
    codemod = TESTS if context.tests else "async-views" if name in routed else "async-functions"
    line = obstacle.line or function.line
    reason = f"{obstacle.reason}; no async twin: {single}" if single not in ("", obstacle.reason) else obstacle.reason
    return Refusal(module.path, line, name, codemod, reason, obstacle.suggestion or suggest(obstacle.reason))

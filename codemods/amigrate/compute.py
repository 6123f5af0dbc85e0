"""What a run does when its result is not cached: scan, link, plan, rewrite and check, in this order."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from amigrate.discover.project import Project, Role
from amigrate.facts import entry_points, model_graph, templates
from amigrate.facts.analyst import Analyst
from amigrate.facts.cache import Cache
from amigrate.facts.module import read_module
from amigrate.facts.oracle import Oracle
from amigrate.facts.program import Program
from amigrate.facts.pyrefly import Unavailable, ask_pyrefly
from amigrate.facts.scan import scan
from amigrate.model import ChangeSet, Confidence, Failure
from amigrate.options import Options, Progress
from amigrate.plan.context import Context
from amigrate.plan.ignores import ignored_lines
from amigrate.plan.plan import Plan, Wanted, make_plan


def compute(
    project: Project,
    sources: Mapping[str, bytes],
    options: Options,
    cache: Cache,
    jobs: int,
    progress: Progress,
    *,
    team: bool,
) -> ChangeSet:
    """The change set of a project whose files have these contents; `team`: run the team's own codemods too."""
    with ThreadPoolExecutor(1) as beside:  # Pyrefly is a process of its own: it works while we read
        asked = beside.submit(_ask_pyrefly, project, options, cache)
        modules, unread = scan(project.files, sources, cache, jobs, progress)
        program = Program(project, modules, {f.module: f.role for f in project.files})
        progress("types", 0, 0)
        answer = asked.result()
    oracle = answer if isinstance(answer, Oracle) else None
    notes = (f"types come from our own reading alone: {answer.reason}",) if isinstance(answer, Unavailable) else ()
    progress("plan", 0, 0)
    with _no_collector():
        plan = _plan(program, sources, oracle, options)
        if plan.files:
            from amigrate.changes import apply_plan  # brings LibCST, which takes as long as a small project

            result = apply_plan(project, plan, sources, jobs, progress)
            unsettled = _settled(program, plan, result, sources, options)
        else:
            result = ChangeSet(str(project.root), project.django, project.python, refusals=plan.refusals)
            unsettled = []
    if team:
        code = {f.path for f in project.files if f.role is Role.CODE and f.module in modules}
        result = _with_user_codemods(result, {p: s for p, s in sources.items() if p in code}, options, progress)
    return replace(result, failures=(*unread, *result.failures, *unsettled), notes=notes)


def _with_user_codemods(
    change_set: ChangeSet, sources: Mapping[str, bytes], options: Options, progress: Progress
) -> ChangeSet:
    """The change set with what the team's own codemods do to the project's code, if they are wanted."""
    from amigrate.user_changes import with_user_changes
    from amigrate.user_codemods import load_user_codemods

    loaded = load_user_codemods(options.codemods, Path(change_set.root))
    wanted = {
        name: command
        for name, command in loaded.items()
        if name not in options.ignore and (not options.select or name in options.select)
    }
    if Confidence(options.confidence) is Confidence.SAFE:
        return change_set  # nobody has said how sure they are
    return with_user_changes(replace(change_set, codemods=options.codemods), wanted, sources, progress)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Syntax trees live until the plan is made: looking through them for garbage only costs time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _ask_pyrefly(project: Project, options: Options, cache: Cache) -> Oracle | Unavailable | None:
    if not options.pyrefly:
        return None
    paths = [f.path for f in project.files]
    return ask_pyrefly(project.root, paths, project.import_roots, project.python, cache.folder)


def _plan(
    program: Program,
    sources: Mapping[str, bytes],
    oracle: Oracle | None,
    options: Options,
    only: frozenset[str] | None = None,
) -> Plan:
    """The plan; with `only`, for the routes to views of these modules."""
    project = program.project
    graph = model_graph.build(program)
    analyst = Analyst(program, graph, sources.__getitem__, oracle)
    routes = tuple(r for r in entry_points.routes(program) if only is None or _module(program, r.view) in only)
    entries = frozenset(entry_points.named(program, options.entries))
    analyst.entries = entries
    for route in routes:
        found = program.functions.get(route.view)
        if found is not None and found[1].parameters:
            analyst.request_parameters[route.view] = frozenset(found[1].parameters[:1])
            analyst.converted_parameters.setdefault(route.view, set()).update(route.converted)
    context = Context(
        analyst,
        project.django,
        project.python,
        routes,
        entries,
        templates.names_in(project.root, project.templates),
        ignored_lines(sources),
    )
    wanted = Wanted(
        frozenset(options.select), frozenset(options.ignore), Confidence(options.confidence), options.only_worthwhile
    )
    return make_plan(context, wanted)


def _module(program: Program, qualified: str) -> str:
    found = program.functions.get(qualified)
    return found[0].module if found else ""


def _settled(
    program: Program, first: Plan, change_set: ChangeSet, sources: Mapping[str, bytes], options: Options
) -> list[Failure]:
    """What a second run would change in the files that changed (guarantee G3): nothing, or it is a bug of ours.

    What the first run wanted and failed to change does not count: it is reported already.
    """
    from amigrate.check.idempotent import not_settled

    after = {c.path: c.after for c in change_set.changes}
    modules = dict(program.modules)
    changed = {name: m for name, m in modules.items() if m.path in after}
    modules.update(
        {name: read_module(after[m.path], m.path, name, _digest(after[m.path])) for name, m in changed.items()}
    )
    again = Program(program.project, modules, program.roles)
    plan = _plan(again, {**sources, **after}, None, options, frozenset(changed))
    failed = {s.symbol for f in first.files for s in f.sites} - {s.symbol for f in change_set.plans for s in f.sites}
    files = [replace(f, sites=tuple(s for s in f.sites if s.symbol not in failed)) for f in plan.files]
    return list(not_settled(files))


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()

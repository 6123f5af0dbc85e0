"""The stages in order; the only file that knows them all."""

from __future__ import annotations

import gc
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import entry_points as entry_points_of
from pathlib import Path

from amigrate import ENTRY_POINTS, __version__
from amigrate.discover import discover
from amigrate.discover.project import Project, Role
from amigrate.facts import entry_points, model_graph, templates
from amigrate.facts.analyst import Analyst
from amigrate.facts.cache import Cache, folder_of
from amigrate.facts.oracle import Oracle
from amigrate.facts.program import Program
from amigrate.facts.pyrefly import run_pyrefly
from amigrate.facts.scan import read_sources, scan
from amigrate.model import ChangeSet, Confidence, Summary
from amigrate.plan.context import Context
from amigrate.plan.ignores import ignored_lines
from amigrate.plan.plan import Plan, Wanted, make_plan

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is to be done: the options of the command line, see `amigrate preview --help`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    django: str | None = None
    python: str | None = None
    jobs: int = 0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    only_worthwhile: bool = False
    confidence: str = "review"
    helpers: str = "bridge"
    runtime: bool = True
    entries: tuple[str, ...] = ()
    codemods: tuple[str, ...] = ()
    pyrefly: bool = True
    cache: bool = True


def _quiet(stage: str, done: int, total: int) -> None:
    """No progress display."""


def run(root: Path, options: Options, progress: Progress | None = None) -> ChangeSet:
    """What amigrate would change in the project at `root`; nothing is written but the cache.

    Raises:
        DiscoveryError: there is no project here, with a message for the user.
        ValueError: an option is wrong, with a message for the user.
    """
    started = time.monotonic()
    if options.helpers != "bridge":
        raise ValueError(
            f"--helpers {options.helpers}: this version bridges helpers that stay sync; use --helpers bridge"
        )
    progress = progress or _quiet
    jobs = options.jobs or os.cpu_count() or 1
    project = discover(
        root, django=options.django, python=options.python, include=options.include, exclude=options.exclude
    )
    sources, failures = read_sources(project.root, project.files)
    cache = Cache(folder_of(root) if options.cache else None)
    key = _key(project, sources, options)
    team = _has_user_codemods(options)
    found = None if team else cache.get("result", key)  # what a codemod of a team depends on is not known
    if isinstance(found, ChangeSet):
        seconds = round(time.monotonic() - started, 3)
        return replace(found, summary=replace(found.summary, seconds=seconds))
    modules, unread = scan(project.files, sources, cache, jobs, progress)
    program = Program(project, modules, {f.module: f.role for f in project.files})
    oracle = _oracle(project, options, cache)
    with _no_collector():
        plan = _plan(program, sources, oracle, options)
    from amigrate.changes import apply_plan  # LibCST is slow to import, and often nothing is to be changed

    result = apply_plan(project, plan, sources, jobs, progress)
    if team:
        code = {f.path for f in project.files if f.role is Role.CODE and f.module in modules}
        result = _with_user_codemods(result, {p: s for p, s in sources.items() if p in code}, options, progress)
    change_set = replace(
        result,
        failures=(*project.failures, *failures, *unread, *result.failures),
        summary=Summary(len(sources), result.summary.functions_made_async, round(time.monotonic() - started, 3)),
    )
    if not team:
        cache.put("result", key, change_set)
    return change_set


def _has_user_codemods(options: Options) -> bool:
    return bool(options.codemods or entry_points_of(group=ENTRY_POINTS))


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


def _key(project: Project, sources: dict[str, bytes], options: Options) -> str:
    """A hash of everything that the result depends on."""
    digest = hashlib.sha256(repr((__version__, options, project.settings, project.django, project.python)).encode())
    digest.update(repr((project.files, project.import_roots, project.failures)).encode("utf-8", "surrogateescape"))
    for path in sorted(sources):
        digest.update(hashlib.sha256(sources[path]).digest())
    for path in project.templates:
        try:
            digest.update((project.root / path).read_bytes())
        except OSError:
            digest.update(b"?")
    return digest.hexdigest()


def _oracle(project: Project, options: Options, cache: Cache) -> Oracle | None:
    if not options.pyrefly:
        return None
    paths = [f.path for f in project.files]
    return run_pyrefly(project.root, paths, project.import_roots, project.python, cache.folder)


def _plan(program: Program, sources: dict[str, bytes], oracle: Oracle | None, options: Options) -> Plan:
    project = program.project
    graph = model_graph.build(program)
    analyst = Analyst(program, graph, sources.__getitem__, oracle)
    routes = entry_points.routes(program)
    entries = frozenset(entry_points.named(program, options.entries))
    analyst.entries = entries
    for route in routes:
        found = program.functions.get(route.view)
        if found is not None and found[1].parameters:
            analyst.request_parameters[route.view] = frozenset(found[1].parameters[:1])
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


def only_groups(change_set: ChangeSet, groups: frozenset[str]) -> ChangeSet:
    """The same change set with the edits of these groups only, its files rewritten accordingly."""
    from amigrate.changes import reapply

    return reapply(change_set, groups)


def known_codemods() -> Sequence[str]:
    """The ids that `select` and `ignore` take."""
    from amigrate import registry  # imports LibCST

    return tuple(m.id for m in registry.metadata())

"""What a run does when its result is not cached: scan, link, plan, rewrite and check, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from amigrate.channels_dependency import moving
from amigrate.collector import without_collector
from amigrate.discover.project import Project, Role
from amigrate.facts.cache import Cache
from amigrate.facts.module import ModuleFacts
from amigrate.facts.program import Program
from amigrate.facts.scan import scan
from amigrate.facts.sources import Sources
from amigrate.model import ChangeSet, Confidence
from amigrate.options import Options, Progress
from amigrate.plan.context import Context
from amigrate.planning import context_of, is_too_old, plan_of
from amigrate.python_floor import wants_newer_python, with_newer_python

if TYPE_CHECKING:
    from amigrate.facts.oracle import Oracle


def compute(
    project: Project,
    sources: Sources,
    options: Options,
    cache: Cache,
    jobs: int,
    progress: Progress,
    *,
    team: bool,
) -> ChangeSet:
    """The change set of a project whose files have these contents; `team`: run the team's own codemods too."""
    with asked_beside(project, options, cache) as answer:
        modules, unread = scan(project.files, sources, cache, jobs, progress)
        progress("types", 0, 0)
        oracle, notes = answer()
    progress("plan", 0, 0)
    planned = partial(_planned, modules=modules, sources=sources, oracle=oracle, options=options)
    with without_collector():
        newer = with_newer_python(project, modules.values(), options)
        result = planned(newer, jobs=jobs, progress=progress) if newer is not None else None
        if result is None or not moving(result):
            known = replace(project, python_floors=()) if is_too_old(project) else project
            result = planned(known, jobs=jobs, progress=progress)
            if newer is None and wants_newer_python(project, modules.values(), options):
                notes = (*notes, OLD_PYTHON.format(project.python))
    if RETARGET in set(options.select) - set(options.ignore):
        result = _retargeted(result, project, sources, progress)
    if team:
        code = {f.path for f in project.files if f.role is Role.CODE and f.module in modules}
        result = _with_user_codemods(result, {p: s for p, s in sources.items() if p in code}, options, progress)
    return replace(result, failures=(*unread, *result.failures), notes=(*result.notes, *notes))


def _planned(
    project: Project,
    *,
    modules: Mapping[str, ModuleFacts],
    sources: Sources,
    oracle: Oracle | None,
    options: Options,
    jobs: int,
    progress: Progress,
) -> ChangeSet:
    """The change set of a project whose modules are read: planned, rewritten and checked."""
    context = context_of(Program(project, modules, {f.module: f.role for f in project.files}), sources, oracle, options)
    plan = plan_of(context, sources, options)
    result = ChangeSet(str(project.root), project.django, project.python, refusals=plan.refusals)
    if plan.files:
        from amigrate.changes import apply_plan  # brings LibCST, which takes as long as a small project
        from amigrate.verify import verified

        result = apply_plan(project, plan, sources, jobs, progress)
        progress("verify", 0, 0)
        result = verified(context, plan, result, sources, options)
    return _with_files_beside(result, context, sources, options)


def _with_files_beside(
    change_set: ChangeSet, context: Context, sources: Mapping[str, bytes], options: Options
) -> ChangeSet:
    from amigrate.beside_code import with_files_beside  # brings what only a run that is not cached needs

    return with_files_beside(change_set, context, sources, options)


def _retargeted(change_set: ChangeSet, project: Project, sources: Mapping[str, bytes], progress: Progress) -> ChangeSet:
    """The change set with imports from Django where they were from django_ahead; what cannot move is refused."""
    from amigrate.retargeting import with_retargeted

    own = {f.path for f in project.files if f.role in (Role.CODE, Role.TEST)}
    return with_retargeted(change_set, {path: source for path, source in sources.items() if path in own}, progress)


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


RETARGET = "retarget"
OLD_PYTHON = (
    "WebSockets stay on Channels, as django-ahead needs Python 3.10 and the project runs on {}: "
    "raise that, or give --python 3.10"
)
Answer: TypeAlias = "Callable[[], tuple[Oracle | None, tuple[str, ...]]]"


@contextmanager
def asked_beside(project: Project, options: Options, cache: Cache) -> Iterator[Answer]:
    """Asks Pyrefly, if it is to be asked, for the types of a project; what it said, and remarks, once that is wanted.

    It is a process of its own, and works while the files are read.
    """
    if not options.pyrefly:
        yield lambda: (None, ())
        return
    from concurrent.futures import ThreadPoolExecutor

    from amigrate.facts.pyrefly import Unavailable, ask_pyrefly

    paths = [f.path for f in project.files]
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(ask_pyrefly, project.root, paths, project.import_roots, project.python, cache.folder)

        def answer() -> tuple[Oracle | None, tuple[str, ...]]:
            said = asked.result()
            if isinstance(said, Unavailable):
                return None, (f"types come from our own reading alone: {said.reason}",)
            return said, ()

        yield answer

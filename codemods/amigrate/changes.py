"""From a plan to a change set: rewriting in processes, checks, and groups applied whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from amigrate.check import problem
from amigrate.discover.project import Project
from amigrate.model import ChangeSet, Failure, FileChange, FilePlan, Summary
from amigrate.plan.plan import Plan
from amigrate.registry import codemods
from amigrate.rewrite.rewrite import rewrite_source
from amigrate.rewrite.source import RewriteError
from amigrate.text_edits import with_texts

_MAKING = frozenset({"async-views", "async-functions", "async-tests", "async-consumers"})
_WORTH_PROCESSES = 12  # files: below, starting processes costs more than it saves


@dataclass(frozen=True, slots=True)
class _Task:
    path: str
    source: bytes
    plan: FilePlan
    python: str


def apply_plan(
    project: Project,
    plan: Plan,
    sources: Mapping[str, bytes],
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> ChangeSet:
    """The change set of a plan. A file that fails a check takes the groups that touch it out, everywhere."""
    files, dropped, failures = list(plan.files), set[str](), list[Failure]()
    changes: dict[str, FileChange] = {}
    while True:
        todo = [f for f in files if f.path not in changes]
        failed = False
        for path, outcome in _rewrite_all(todo, sources, project.python, jobs, progress):
            if isinstance(outcome, FileChange):
                changes[path] = outcome
                continue
            failed = True
            groups = {s.group for f in files if f.path == path for s in f.sites}
            dropped |= groups
            failures.append(Failure(path, f"{outcome}; left as it is, with all that depends on it"))
        if not failed:
            break
        files, changes = _without(files, changes, dropped)
    kept = tuple(g for g in plan.groups if g.id not in dropped)
    return ChangeSet(
        str(project.root),
        project.django,
        project.python,
        tuple(changes[path] for path in sorted(changes)),
        kept,
        plan.refusals,
        tuple(failures),
        Summary(functions_made_async=_made_async(files)),
        tuple(files),
    )


def _made_async(files: Sequence[FilePlan]) -> int:
    return sum(1 for f in files for s in f.sites if s.codemod in _MAKING and s.node == "FunctionDef")


def _without(
    files: Sequence[FilePlan], changes: Mapping[str, FileChange], dropped: set[str]
) -> tuple[list[FilePlan], dict[str, FileChange]]:
    """The plans without some groups, and the changes that are still right."""
    kept: list[FilePlan] = []
    still: dict[str, FileChange] = {}
    for file in files:
        groups = {s.group for s in file.sites} | {group for _, group in file.coroutines}
        rest = file.only(groups - dropped)
        if rest.sites:
            kept.append(rest)
        if rest.sites == file.sites and file.path in changes:
            still[file.path] = changes[file.path]
    return kept, still


def _rewrite_all(
    plans: Sequence[FilePlan],
    sources: Mapping[str, bytes],
    python: str,
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> list[tuple[str, FileChange | str]]:
    """The change of each file, or why there is none, in the order of `plans`."""
    tasks = [_Task(p.path, sources[p.path], p, python) for p in plans]
    results: list[FileChange | str] = [""] * len(tasks)
    if jobs < 2 or len(tasks) < _WORTH_PROCESSES:
        for at, task in enumerate(tasks):
            results[at] = _rewrite(task)
            progress("rewrite", at + 1, len(tasks))
    else:
        from amigrate.processes import Died, in_processes  # brings multiprocessing, which only large projects need

        for done, outcome in enumerate(in_processes(_rewrite, tasks, jobs), 1):
            died = "the process that rewrote it died"
            results[outcome.index] = died if isinstance(outcome, Died) else outcome.result
            progress("rewrite", done, len(tasks))
    return [(p.path, r) for p, r in zip(plans, results, strict=True)]


def _rewrite(task: _Task) -> FileChange | str:
    try:
        done = rewrite_source(task.path, task.source, task.plan.sites, codemods())
    except RewriteError as error:
        return str(error)
    if found := problem(task.source, done, task.python, task.plan.coroutine_names):
        return found
    return FileChange(task.path, task.source, done.after, done.edits)


def reapply(change_set: ChangeSet, groups: frozenset[str]) -> ChangeSet:
    """The change set with some of its groups only, rewritten from the bytes it was made from."""
    sources = {c.path: c.before for c in change_set.changes}
    files = [part for plan in change_set.plans if (part := plan.only(groups)).sites]
    outcomes = _rewrite_all(files, sources, change_set.python, 1, lambda *_: None)
    changes = tuple(o for _, o in outcomes if isinstance(o, FileChange))
    failures = tuple(Failure(path, o) for path, o in outcomes if isinstance(o, str))
    ours = {s.group for plan in change_set.plans for s in plan.sites}
    ours |= {group for edit in change_set.texts for group in edit.groups}
    kept = tuple(g for g in change_set.groups if g.id in groups & ours)
    result = replace(change_set, changes=changes, groups=kept, failures=failures, plans=tuple(files), texts=())
    result = with_texts(result, change_set.texts, sources)
    if groups <= ours:
        return result
    from amigrate.transformers.imports.command import command_for  # these bring all of LibCST's codemods
    from amigrate.transformers.imports.retarget import ID as RETARGET
    from amigrate.user_changes import with_user_changes
    from amigrate.user_codemods import load_user_codemods

    commands = {
        RETARGET: command_for(change_set.django),
        **load_user_codemods(change_set.codemods, Path(change_set.root)),
    }
    return with_user_changes(result, commands, sources, lambda *_: None, groups)

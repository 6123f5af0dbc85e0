"""Rewrites the files of a project, in processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path

from amigrate.codemod import SiteCodemod
from amigrate.model import Failure, FilePlan
from amigrate.rewrite.pool import Died, in_processes
from amigrate.rewrite.rewrite import Rewritten, rewrite_source
from amigrate.rewrite.source import RewriteError


@dataclass(frozen=True, slots=True)
class Success:
    """A file that was rewritten, in memory: its bytes as they were read, and the result."""

    path: str
    before: bytes
    rewritten: Rewritten


Outcome = Success | Failure
Codemods = Callable[[], Mapping[str, SiteCodemod]]


def rewrite_files(
    root: Path,
    plans: Sequence[FilePlan],
    codemods: Codemods,
    jobs: int,
    done: Callable[[Outcome], None] = lambda outcome: None,
    context: BaseContext | None = None,
) -> tuple[Outcome, ...]:
    """The outcome of each plan, in the order of `plans` whatever `jobs` is. Nothing is written.

    Args:
        root: the project; no file outside it is read, not even through a symbolic link.
        plans: what to rewrite.
        codemods: a module-level function (it is sent to the processes) that gives the codemods by id.
        jobs: how many processes.
        done: called with each outcome as it comes, for a display of progress.
        context: how processes are started; the default of the platform if not given.
    """
    outcomes: dict[int, Outcome] = {}
    for answer in in_processes(partial(rewrite_file, root.resolve(), codemods), plans, jobs, context):
        if isinstance(answer, Died):
            reason = "the process that rewrote this file died; exclude the file, and report it as a bug of amigrate"
            outcome: Outcome = Failure(plans[answer.index].path, reason)
        else:
            outcome = answer.result
        outcomes[answer.index] = outcome
        done(outcome)
    return tuple(outcomes[index] for index in range(len(plans)))


def rewrite_file(root: Path, codemods: Codemods, plan: FilePlan) -> Outcome:
    """Reads one file below `root` and rewrites it in memory."""
    try:
        path = (root / plan.path).resolve()
        if not path.is_relative_to(root):
            return Failure(plan.path, "is a link to outside of the project; left alone")
        before = path.read_bytes()
        if hashlib.sha256(before).hexdigest() != plan.digest:
            return Failure(plan.path, "changed while amigrate was running; run again")
        return Success(plan.path, before, rewrite_source(plan.path, before, plan.sites, codemods()))
    except OSError as error:
        return Failure(plan.path, f"cannot be read: {error.strerror or error}")
    except RewriteError as error:
        return Failure(plan.path, error.reason)

"""A run from a folder to an audit: as `pipeline.run`, up to the colouring."""

from __future__ import annotations

import datetime
import os
import time
from dataclasses import replace
from pathlib import Path

from amigrate.audit.build import make_audit
from amigrate.audit.data import Audit
from amigrate.cache_folder import folder_of
from amigrate.collector import without_collector
from amigrate.compute import asked_beside
from amigrate.discover import discover
from amigrate.discover.data import OldDjango
from amigrate.discover.files import list_files
from amigrate.discover.project import Project
from amigrate.discover.versions import SUPPORTED_DJANGO
from amigrate.facts.cache import Cache
from amigrate.facts.program import Program
from amigrate.facts.scan import read_sources, scan
from amigrate.options import Options, Progress
from amigrate.planning import context_of


def run_audit(root: Path, options: Options, progress: Progress, today: datetime.date | None = None) -> Audit:
    """The audit of the project at `root`; nothing is written but the cache, and nothing of it is executed.

    Raises:
        DiscoveryError: there is no project here, with a message for the user.
        ValueError: an option is wrong, with a message for the user.
    """
    started = time.monotonic()
    project, too_old = _discover(root, options)
    sources, failures = read_sources(project.root, project.files)
    cache = Cache(folder_of(root) if options.cache else None)
    with asked_beside(project, options, cache) as answer:
        modules, unread = scan(project.files, sources, cache, options.jobs or os.cpu_count() or 1, progress)
        program = Program(project, modules, {f.module: f.role for f in project.files})
        progress("types", 0, 0)
        oracle, notes = answer()
    progress("audit", 0, 0)
    with without_collector():
        made = make_audit(
            context_of(program, sources, oracle, options),
            sources,
            list_files(project.root).paths,
            today or datetime.date.today(),
            too_old=too_old,
            failures=(*project.failures, *failures, *unread),
            notes=notes,
        )
    return replace(made, seconds=round(time.monotonic() - started, 3))


def _discover(root: Path, options: Options) -> tuple[Project, str]:
    """The project, and what it asks for if that is a Django too old to plan for: then as if it had the oldest known."""

    def found(django: str | None) -> Project:
        return discover(root, django=django, python=options.python, include=options.include, exclude=options.exclude)

    try:
        return found(options.django), ""
    except OldDjango as error:
        return found(SUPPORTED_DJANGO[0]), str(error).partition(":")[0]

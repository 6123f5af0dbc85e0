"""A run from a folder to a change set. What costs time is imported and done only when the result is not cached."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from amigrate import __version__
from amigrate.cache_folder import folder_of
from amigrate.discover import discover
from amigrate.discover.project import Project
from amigrate.facts.cache import Cache
from amigrate.facts.scan import read_sources
from amigrate.facts.sources import Sources
from amigrate.installed import brings_codemods
from amigrate.model import ChangeSet
from amigrate.options import Options, Progress, without
from amigrate.own_code import own_code

__all__ = ["Options", "Progress", "known_codemods", "only_groups", "run"]


def _quiet(stage: str, done: int, total: int) -> None:
    """No progress display."""


def run(root: Path, options: Options, progress: Progress | None = None, rejected: tuple[str, ...] = ()) -> ChangeSet:
    """What amigrate would change in the project at `root`; nothing is written but the cache.

    `rejected` names functions and classes that are to stay as they are.

    Raises:
        DiscoveryError: there is no project here, with a message for the user.
        ValueError: an option is wrong, with a message for the user.
    """
    started = time.monotonic()
    if options.helpers not in ("bridge", "twin"):
        raise ValueError(f"--helpers {options.helpers}: use bridge or twin")
    options = without(options, rejected) if rejected else options
    jobs = options.jobs or os.cpu_count() or 1
    project = discover(
        root, django=options.django, python=options.python, include=options.include, exclude=options.exclude
    )
    sources, failures = read_sources(project.root, project.files)
    cache = Cache(folder_of(root) if options.cache else None)
    key = _key(project, sources, options)
    team = _has_user_codemods(options)
    found = None if team else cache.get("result", key)  # what a codemod of a team depends on is not known
    if not isinstance(found, ChangeSet):
        from amigrate.compute import compute

        found = compute(project, sources, options, cache, jobs, progress or _quiet, team=team)
        found = replace(found, failures=(*project.failures, *failures, *found.failures))
        if not team:
            cache.put("result", key, found)
    seconds = round(time.monotonic() - started, 3)
    return replace(found, summary=replace(found.summary, files_scanned=len(sources), seconds=seconds))


def _has_user_codemods(options: Options) -> bool:
    return bool(options.codemods) or brings_codemods()


def _key(project: Project, sources: Sources, options: Options) -> str:
    """A hash of everything that the result depends on."""
    digest = hashlib.sha256(
        repr((__version__, own_code(), options, project.settings, project.django, project.python)).encode()
    )
    digest.update(repr((project.files, project.import_roots, project.failures)).encode("utf-8", "surrogateescape"))
    for path in sorted(sources):
        digest.update(sources.digest(path).encode())
    digest.update(repr((project.has_runtime, project.python_floors)).encode())
    for path in (*project.templates, *project.requirements, *project.python_floors):
        try:
            digest.update((project.root / path).read_bytes())
        except OSError:
            digest.update(b"?")
    return digest.hexdigest()


def only_groups(change_set: ChangeSet, groups: frozenset[str]) -> ChangeSet:
    """The same change set with the edits of these groups only, its files rewritten accordingly."""
    from amigrate.changes import reapply

    return reapply(change_set, groups)


def known_codemods() -> Sequence[str]:
    """The ids that `select` and `ignore` take."""
    from amigrate import registry  # imports LibCST

    return tuple(m.id for m in registry.metadata())

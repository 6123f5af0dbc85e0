"""Giving up a Python that only a lower bound still allows, and on which django_ahead does not run.

A project that runs on an older one, by a pin, stays as it is; so does one that says so with `--python`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from amigrate.discover.files import read_inside
from amigrate.discover.project import Project
from amigrate.discover.versions import RUNTIME_PYTHON
from amigrate.facts.module import ModuleFacts
from amigrate.model import Confidence, TextEdit
from amigrate.options import Options
from amigrate.plan.channels.names import SETTINGS
from amigrate.planning import is_too_old

_LOCKS = (".lock", "pylock.toml")  # their tools write them again
_CHANNELS = "channels"
_REASON = f"the new code imports django_ahead, which needs Python {RUNTIME_PYTHON}"


def with_newer_python(project: Project, modules: Iterable[ModuleFacts], options: Options) -> Project | None:
    """The project with a Python that runs django_ahead, where WebSockets want one and lower bounds alone forbid it."""
    if not wants_newer_python(project, modules, options) or not _files(project):
        return None
    if not all(floor_edits(replace(project, python_floors=(path,)), ()) for path in _files(project)):
        return None
    return replace(project, python=RUNTIME_PYTHON)


def wants_newer_python(project: Project, modules: Iterable[ModuleFacts], options: Options) -> bool:
    """Whether WebSockets stay on Channels for nothing but the Python of a project."""
    if options.websockets == _CHANNELS or options.runtime is False or not is_too_old(project):
        return False
    return any(target.partition(".")[0] == _CHANNELS for module in modules for _, target in module.imports)


def floor_edits(project: Project, groups: tuple[str, ...]) -> list[tuple[TextEdit, bytes]]:
    """The edits of files that allow an older Python, each with the bytes that it was found in."""
    from amigrate.rewrite.python_floor import raised  # its package brings LibCST

    found = []
    for path in _files(project):
        before = read_inside(project.root, path)
        for one in raised(path, before, RUNTIME_PYTHON):
            edit = TextEdit(
                path, one.start, one.end, one.after, SETTINGS, groups, _REASON, Confidence.REVIEW, follows=True
            )
            found.append((edit, before))
    return found


def _files(project: Project) -> list[str]:
    return [path for path in project.python_floors if not path.endswith(_LOCKS)]

"""What a project has to have for code that imports django_ahead: the requirement, the app, the template backend.

These are edits of files that no plan knows. They come with the first group that needs them, and go with the last one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from amigrate.discover.files import read_inside
from amigrate.discover.project import Project
from amigrate.discover.versions import RUNTIME_PYTHON
from amigrate.model import ChangeSet, Refusal, TextEdit
from amigrate.plan.rendering import CODEMOD, RUNTIME
from amigrate.python_floor import floor_edits
from amigrate.text_edits import with_texts

NAME, SPECIFIER = "django-ahead", ">=0.1"
BY_HAND = f"the new code imports django_ahead: put `{NAME}` among the project's requirements"
RAISED = (
    f"Python before {RUNTIME_PYTHON} is given up, as {NAME} needs that: say so in classifiers, CI and test matrices"
)
LOCKED = f"`{NAME}` is a new requirement: renew the lock file, if there is one, and install it"
NO_SETTINGS = f'there are no settings here: put "{RUNTIME}" in INSTALLED_APPS wherever this is installed'


@dataclass(frozen=True, slots=True)
class Support:
    """Edits with the bytes that they were found in, notes for the user, and what has to be done by hand.

    `complete` is whether the tags of django_ahead can be loaded with these edits.
    """

    edits: tuple[TextEdit, ...] = ()
    sources: tuple[tuple[str, bytes], ...] = ()
    notes: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    complete: bool = True


def with_support(change_set: ChangeSet, found: Support) -> ChangeSet:
    """The change set with the support for those of its groups that need it."""
    extended = with_texts(change_set, found.edits, dict(found.sources))
    return replace(
        extended, notes=(*extended.notes, *found.notes), refusals=_in_order((*extended.refusals, *found.refusals))
    )


def needing(change_set: ChangeSet) -> tuple[str, ...]:
    """The groups whose code imports django_ahead, in the order of their edits."""
    return tuple(dict.fromkeys(e.group for e in change_set.edits if e.codemod == CODEMOD))


def support(
    project: Project,
    sources: Mapping[str, bytes],
    groups: tuple[str, ...],
    taken: Collection[str],
    *,
    new: bool,
    tags: bool,
    websockets: tuple[str, ...] = (),
    importing: Collection[str] = (),
) -> Support:
    """What `groups` need that the project does not have.

    Args:
        project: what is migrated.
        sources: its Python files.
        groups: the groups whose code imports django_ahead, or whose templates load its tags.
        taken: the files that have other changes.
        new: whether the project does not use django_ahead yet.
        tags: whether templates load its tags.
        websockets: the groups that import it for WebSockets, and have their own edits of settings.
        importing: the files that these groups change.
    """
    if not (groups or websockets):
        return Support()
    floors = floor_edits(project, (*groups, *websockets))
    if not (new or tags):
        return Support(tuple(edit for edit, _ in floors), tuple((edit.path, before) for edit, before in floors))
    from amigrate.settings.edits import SettingsEdits, settings_edits  # of a few modules, which few runs need

    settings = settings_edits(project, sources, groups, taken, backend=new) if groups else SettingsEdits((), ())
    refusals = tuple(Refusal(path, 1, "", CODEMOD, *_by_hand(setting)) for path, setting in settings.by_hand)
    required, notes = _requirement(project, (*groups, *websockets), importing) if new else (None, ())
    if not project.settings.module and groups:
        notes = (*notes, NO_SETTINGS)
    found = {edit.path: sources[edit.path] for edit in settings.edits}
    found |= {edit.path: before for edit, before in floors}
    edits = (*settings.edits, *(edit for edit, _ in floors))
    if floors:
        notes = (*notes, RAISED)
    if required is not None:
        edits = (*edits, required[0])
        found[required[0].path] = required[1]
    complete = bool(project.settings.module) and not refusals
    return Support(edits, tuple(found.items()), notes, refusals, complete)


def _by_hand(setting: str) -> tuple[str, str]:
    reason = f"django_ahead has to be in {setting}, which is not a list that is written out here"
    return reason, f'put "{RUNTIME}" in {setting} by hand'


def _requirement(
    project: Project, groups: tuple[str, ...], importing: Collection[str]
) -> tuple[tuple[TextEdit, bytes] | None, tuple[str, ...]]:
    """The requirement as an edit of a file with these bytes, and what to tell the user."""
    from amigrate.rewrite.requirement import with_requirement  # its package brings LibCST

    for path in sorted(project.requirements, key=lambda path: _distance(path, importing)):
        before = read_inside(project.root, path)
        if addition := with_requirement(path, before, NAME, SPECIFIER):
            reason = "the new code imports django_ahead"
            at, text = addition.offset, addition.text.encode()
            return (TextEdit(path, at, at, text, CODEMOD, groups, reason, follows=True), before), (LOCKED,)
    return None, (BY_HAND,)


def _distance(requirements: str, importing: Collection[str]) -> int:
    """How far a file of requirements is from the code: an example beside an app has its own, which come first."""
    folder = posixpath.dirname(requirements)
    if posixpath.basename(folder) == "requirements":
        folder = posixpath.dirname(folder)
    if not folder:
        return 0
    return -1 - folder.count("/") if all(path.startswith(f"{folder}/") for path in importing) else 1


def _in_order(refusals: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    return tuple(sorted(refusals, key=lambda one: (one.path, one.line, one.symbol)))

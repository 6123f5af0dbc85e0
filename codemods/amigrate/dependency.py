"""The requirement for django-ahead, where the changes make a project import it.

It is an edit of a file that no plan knows. It comes with the first group that needs it, and goes with the last one.
"""

from __future__ import annotations

from dataclasses import replace

from amigrate.discover.files import read_inside
from amigrate.discover.project import Project
from amigrate.model import ChangeSet, Confidence, FileChange
from amigrate.plan.rendering import CODEMOD
from amigrate.rewrite.edits import Draft, to_edits
from amigrate.rewrite.requirement import Addition, with_requirement

NAME, SPECIFIER = "django-ahead", ">=0.1"
BY_HAND = f"the new code imports django_ahead: put `{NAME}` among the project's requirements"
LOCKED = f"`{NAME}` is a new requirement: renew the lock file, if there is one, and install it"


def with_dependency(change_set: ChangeSet, project: Project) -> ChangeSet:
    """The change set with the requirement, if it needs one, or with a note for the user to add it.

    `project` does not use django_ahead yet.
    """
    if not _needing(change_set):
        return change_set
    for path in project.requirements:
        before = read_inside(project.root, path)
        if addition := with_requirement(path, before, NAME, SPECIFIER):
            changed = _with(change_set, path, before, addition)
            return replace(changed, notes=(*changed.notes, LOCKED))
    return replace(change_set, notes=(*change_set.notes, BY_HAND))


def still_with_dependency(whole: ChangeSet, part: ChangeSet) -> ChangeSet:
    """A part of the groups of `whole`, with the requirement that `whole` adds if the part needs it."""
    added = next(
        (c for c in whole.changes if c.edits and all(_is_requirement(e.path, e.codemod) for e in c.edits)), None
    )
    needing = _needing(part)
    if added is None or not needing:
        return part
    edits = tuple(replace(edit, group=needing[0]) for edit in added.edits)
    changes = sorted((*part.changes, replace(added, edits=edits)), key=lambda change: change.path)
    return replace(part, changes=tuple(changes))


def _with(change_set: ChangeSet, path: str, before: bytes, addition: Addition) -> ChangeSet:
    needing = _needing(change_set)
    reason = "the new code imports django_ahead"
    draft = Draft(CODEMOD, needing[0], "", reason, Confidence.SAFE, addition.line, 0, "", addition.text, follows=True)
    change = FileChange(path, before, addition.after, to_edits(path, [draft]))
    changes = sorted((*change_set.changes, change), key=lambda change: change.path)
    # A group stands and falls with all of its files.
    groups = tuple(
        replace(group, paths=tuple(sorted({*group.paths, path}))) if group.id in needing else group
        for group in change_set.groups
    )
    return replace(change_set, changes=tuple(changes), groups=groups)


def _needing(change_set: ChangeSet) -> list[str]:
    """The groups whose code imports django_ahead, in the order of their edits."""
    found = (e.group for e in change_set.edits if e.codemod == CODEMOD and not _is_requirement(e.path, e.codemod))
    return list(dict.fromkeys(found))


def _is_requirement(path: str, codemod: str) -> bool:
    return codemod == CODEMOD and not path.endswith(".py")

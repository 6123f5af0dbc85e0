"""Dividing a change set into commits: one for each lead codemod, and never a group over two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from amigrate.model import ChangeSet, Edit, FileChange

SelectGroups = Callable[[ChangeSet, frozenset[str]], ChangeSet]


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit writes: whole files, and the edits of its own groups."""

    lead: str
    files: tuple[FileChange, ...]
    edits: tuple[Edit, ...]
    groups: int


def commits_of(change_set: ChangeSet, order: Sequence[str], select_groups: SelectGroups) -> Iterator[Commit]:
    """The commits, in the order of the codemod ids in `order` (others last, by name).

    Each file of a commit holds the edits of its groups and of those of all commits before it; the last one leaves each
    file as `change_set` has it. `select_groups` gives a change set with some of the groups only; one lead needs it not.
    """
    leads = _leads(change_set)
    names = sorted(set(leads.values()), key=lambda lead: (order.index(lead) if lead in order else len(order), lead))
    written: dict[str, bytes] = {}
    for name in names:
        if name == names[-1]:
            files = change_set.changes
        else:
            so_far = names[: names.index(name) + 1]
            groups = frozenset(group for group, lead in leads.items() if lead in so_far)
            files = select_groups(change_set, groups).changes
        changed = tuple(one for one in files if written.get(one.path, one.before) != one.after)
        written |= {one.path: one.after for one in changed}
        edits = tuple(edit for edit in change_set.edits if leads[edit.group] == name)
        if changed:
            yield Commit(name, changed, edits, len({edit.group for edit in edits}))


def _leads(change_set: ChangeSet) -> dict[str, str]:
    """The lead codemod of each group that has edits."""
    known = {group.id: group.lead for group in change_set.groups}
    return {edit.group: known.get(edit.group, edit.codemod) for edit in change_set.edits}

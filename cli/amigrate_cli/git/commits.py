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
    ours: list[str] = []
    for number, name in enumerate(names, 1):
        ours.append(name)
        files = _files(change_set, {group for group, lead in leads.items() if lead in names[:number]}, select_groups)
        if files is None:
            continue
        changed = tuple(one for one in files if written.get(one.path, one.before) != one.after)
        written |= {one.path: one.after for one in changed}
        edits = tuple(edit for edit in change_set.edits if leads[edit.group] in ours)
        ours.clear()
        if changed:
            yield Commit(name, changed, edits, len({edit.group for edit in edits}))


def _files(change_set: ChangeSet, groups: set[str], select_groups: SelectGroups) -> tuple[FileChange, ...] | None:
    """The changes of some groups; None when they do not stand without the others: they go into the next commit then."""
    if groups >= {edit.group for edit in change_set.edits}:
        return change_set.changes
    selected = select_groups(change_set, frozenset(groups))
    return selected.changes if set(selected.failures) <= set(change_set.failures) else None


def _leads(change_set: ChangeSet) -> dict[str, str]:
    """The lead codemod of each group that has edits."""
    known = {group.id: group.lead for group in change_set.groups}
    return {edit.group: known.get(edit.group, edit.codemod) for edit in change_set.edits}

"""Dividing a change set into commits, and never a group over two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amigrate.model import ChangeSet, Edit, FileChange
from amigrate_cli.deliver.division import by_codemod

SelectGroups = Callable[[ChangeSet, frozenset[str]], ChangeSet]


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit writes: whole files, and the edits of its own groups. `leads` are the codemods it is about."""

    name: str
    files: tuple[FileChange, ...]
    edits: tuple[Edit, ...]
    groups: int
    leads: tuple[str, ...]


def commits_of(
    change_set: ChangeSet,
    order: Sequence[str],
    select_groups: SelectGroups,
    division: Mapping[str, str] | None = None,
) -> Iterator[Commit]:
    """The commits, in the order of the codemod ids in `order` (others last, by name).

    Each file of a commit holds the edits of its groups and of those of all commits before it; the last one leaves each
    file as `change_set` has it. `select_groups` gives a change set with some of the groups only; one name needs it not.
    `division` has the name of the commit for each group, by default that of its lead codemod.
    """
    leads = by_codemod(change_set)
    names_of = leads if division is None else division

    def place(lead: str) -> tuple[int, str]:
        return (order.index(lead) if lead in order else len(order), lead)

    names = sorted(set(names_of.values()), key=place)
    written: dict[str, bytes] = {}
    ours: list[str] = []
    for number, name in enumerate(names, 1):
        ours.append(name)
        so_far = {group for group, own in names_of.items() if own in names[:number]}
        files = _files(change_set, so_far, select_groups)
        if files is None:
            continue
        changed = tuple(one for one in files if written.get(one.path, one.before) != one.after)
        written |= {one.path: one.after for one in changed}
        edits = tuple(edit for edit in change_set.edits if names_of[edit.group] in ours)
        ours.clear()
        if changed:
            groups = {edit.group for edit in edits}
            yield Commit(name, changed, edits, len(groups), tuple(sorted({leads[one] for one in groups}, key=place)))


def _files(change_set: ChangeSet, groups: set[str], select_groups: SelectGroups) -> tuple[FileChange, ...] | None:
    """The changes of some groups; None when they do not stand without the others: they go into the next commit then."""
    if groups >= {edit.group for edit in change_set.edits}:
        return change_set.changes
    selected = select_groups(change_set, frozenset(groups))
    return selected.changes if set(selected.failures) <= set(change_set.failures) else None

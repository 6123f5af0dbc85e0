"""Dividing a change set into pull requests: beside each other, or, where they share files, on top of each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from amigrate.model import ChangeSet

SelectGroups = Callable[[ChangeSet, frozenset[str]], ChangeSet]
_SLUG = 40


@dataclass(frozen=True, slots=True)
class Part:
    """What one pull request changes.

    `whole` has the groups of this part and of all parts below it: those that share files, and on which it is based.
    `groups` are its own; `below` is the name of the part under it, empty when it is based on the base branch.
    """

    name: str
    branch: str
    below: str
    groups: frozenset[str]
    whole: ChangeSet
    own: ChangeSet


def undivided(change_set: ChangeSet, branch: str) -> tuple[Part, ...]:
    """All in one."""
    groups = frozenset(edit.group for edit in change_set.edits)
    return (Part("", branch, "", groups, change_set, change_set),)


def divided(
    change_set: ChangeSet, branch: str, division: Mapping[str, str], select_groups: SelectGroups
) -> tuple[Part, ...]:
    """A part for each name in `division`, which has one for each group; each that is below another comes before it.

    Each part passes the checks with those below it; what does not goes into the part above it.
    """
    names = sorted(set(division.values()))
    taken: set[str] = set()
    branches = {name: f"{branch}-{_slug(name, taken)}" for name in names}
    parts = []
    for stack in _stacks(change_set, division):
        below, before = "", frozenset[str]()
        pending: frozenset[str] = frozenset()
        for name in stack:
            pending |= {group for group, own in division.items() if own == name}
            whole = _select(change_set, before | pending, select_groups)
            if name != stack[-1] and set(whole.failures) - set(change_set.failures):
                continue
            own = _select(change_set, pending, select_groups) if below else whole
            parts.append(Part(name, branches[name], below, pending, whole, own))
            below, before, pending = name, before | pending, frozenset()
    return tuple(parts)


def _select(change_set: ChangeSet, groups: frozenset[str], select_groups: SelectGroups) -> ChangeSet:
    return change_set if groups >= {edit.group for edit in change_set.edits} else select_groups(change_set, groups)


def _stacks(change_set: ChangeSet, division: Mapping[str, str]) -> Iterator[list[str]]:
    """The names in stacks: two are in the same one when they change the same file, or others between them do."""
    stack_of: dict[str, set[str]] = {name: {name} for name in division.values()}
    for change in change_set.changes:
        together = set[str]().union(*(stack_of[division[edit.group]] for edit in change.edits))
        for name in together:
            stack_of[name] = together
    done: set[str] = set()
    for name in sorted(stack_of):
        if name not in done:
            done |= stack_of[name]
            yield sorted(stack_of[name])


def _slug(name: str, taken: set[str]) -> str:
    """`name` as the end of a branch name, other than those in `taken`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_SLUG].strip("-") or "part"
    if slug in taken:
        slug = f"{slug}-{sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:6]}"
    taken.add(slug)
    return slug

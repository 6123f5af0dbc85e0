"""What there is to decide: the hunks of a change set, file by file, with their groups and what they hang on.

Nothing here depends on decisions; `session` has these. All of it is computed once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amigrate.model import ChangeSet, Confidence, Edit, FileChange, Group, Refusal
from amigrate.review.encoding import encoding_of
from amigrate.review.hunks import Hunk, blocks_of

NEAR = 15  # a refusal within so many lines is near a hunk


@dataclass(frozen=True, slots=True)
class Item:
    """One hunk to decide on: a stretch of changed lines.

    Attributes:
        id: stays the same from run to run while its first edit does.
        line: the first changed line of the file before, from 1.
        edits: what was done here, or the nearest edit when this is another part of its change.
        groups: the groups it belongs to, or, of what follows from other edits, those that it is there for.
        follows: whether it only comes with other edits, and is not decided on its own.
    """

    id: str
    path: str
    line: int
    hunk: Hunk
    edits: tuple[Edit, ...]
    groups: tuple[str, ...]
    follows: bool

    @property
    def symbol(self) -> str:
        """The function or class that it is in; "" for imports and the like."""
        return next((edit.symbol for edit in self.edits if edit.symbol), "")

    @property
    def codemods(self) -> tuple[str, ...]:
        """What made it, in the order of the edits."""
        return tuple(dict.fromkeys(edit.codemod for edit in self.edits))

    @property
    def confidence(self) -> Confidence:
        """That of its least sure edit."""
        return max((edit.confidence for edit in self.edits), key=lambda one: one.rank)

    @property
    def reasons(self) -> tuple[tuple[str, str, Confidence], ...]:
        """(codemod, reason, confidence), each once."""
        return tuple(dict.fromkeys((edit.codemod, edit.reason, edit.confidence) for edit in self.edits))


@dataclass(frozen=True, slots=True)
class File:
    """A changed file with its hunks in order."""

    path: str
    encoding: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a review is about.

    Attributes:
        change_set: what it was made from.
        files: the changed files, by path.
        items: every hunk by its id, in the order of the files.
        groups: every group by its id.
        members: for each group its hunks, without those that only follow.
        edits: for each group the ids of its edits, without those that only follow.
        symbols: for each symbol its hunks.
    """

    change_set: ChangeSet
    files: tuple[File, ...]
    items: Mapping[str, Item] = field(repr=False)
    groups: Mapping[str, Group] = field(repr=False)
    members: Mapping[str, tuple[str, ...]] = field(repr=False)
    edits: Mapping[str, frozenset[str]] = field(repr=False)
    symbols: Mapping[str, tuple[str, ...]] = field(repr=False)


def subject_of(change_set: ChangeSet) -> Subject:
    """What there is to decide of a change set."""
    seen: Counter[str] = Counter()
    files = tuple(_file(change, change_set.groups, seen) for change in change_set.changes)
    items = {item.id: item for file in files for item in file.items}
    members: defaultdict[str, list[str]] = defaultdict(list)
    symbols: defaultdict[str, list[str]] = defaultdict(list)
    edits: defaultdict[str, set[str]] = defaultdict(set)
    for item in items.values():
        for group in () if item.follows else item.groups:
            members[group].append(item.id)
        for edit in item.edits:
            if not edit.follows:
                edits[edit.group].add(edit.id)
        for symbol in dict.fromkeys(edit.symbol for edit in item.edits if edit.symbol):
            symbols[symbol].append(item.id)
    return Subject(
        change_set,
        files,
        items,
        {group.id: group for group in change_set.groups},
        {group: tuple(found) for group, found in members.items()},
        {group: frozenset(found) for group, found in edits.items()},
        {symbol: tuple(found) for symbol, found in symbols.items()},
    )


def needs(subject: Subject, item: Item) -> tuple[str, ...]:
    """The symbols that the code of a hunk works only with as they become."""
    return _linked(subject, item, asks=0)


def needed_by(subject: Subject, item: Item) -> tuple[str, ...]:
    """The symbols whose code works only with that of a hunk."""
    return _linked(subject, item, asks=1)


def refused_near(subject: Subject, item: Item) -> tuple[Refusal, ...]:
    """What is left alone in the same function or a few lines from a hunk, the nearest first."""
    last = item.line + item.hunk.old_count
    symbols = {edit.symbol for edit in item.edits if edit.symbol}

    def distance(refusal: Refusal) -> int:
        return max(item.line - refusal.line, refusal.line - last, 0)

    near = (
        one
        for one in subject.change_set.refusals
        if one.path == item.path and (one.symbol in symbols or distance(one) <= NEAR)
    )
    return tuple(sorted(near, key=lambda one: (distance(one), one.line)))


def _linked(subject: Subject, item: Item, *, asks: int) -> tuple[str, ...]:
    own = {edit.symbol for edit in item.edits if edit.symbol}
    pairs = (pair for group in item.groups if group in subject.groups for pair in subject.groups[group].needs)
    return tuple(dict.fromkeys(pair[1 - asks] for pair in pairs if pair[asks] in own and pair[1 - asks] not in own))


def _file(change: FileChange, groups: Sequence[Group], seen: Counter[str]) -> File:
    sharing = () if any(not edit.follows for edit in change.edits) else _with_path(groups, change.path)
    starts = sorted(change.edits, key=lambda edit: edit.line)
    items: list[Item] = []
    for hunk in blocks_of(change):
        line = hunk.old_start + next(at for at, (kind, _) in enumerate(hunk.lines) if kind != " ")
        edits = hunk.edits or _nearest(starts, line)
        if not edits:
            continue  # a change without an edit has nobody to ask
        first = edits[0].id
        seen[first] += 1
        name = first if seen[first] == 1 else f"{first}-{seen[first]}"
        follows = all(edit.follows for edit in edits)
        here = sharing or _groups(edits, change.edits, follows=follows)
        items.append(Item(name, change.path, line, hunk, edits, here, follows))
    return File(change.path, encoding_of(change.before), tuple(items))


def _with_path(groups: Sequence[Group], path: str) -> tuple[str, ...]:
    return tuple(group.id for group in groups if path in group.paths)


def _nearest(edits: Sequence[Edit], line: int) -> tuple[Edit, ...]:
    """The edit whose change a hunk, in which none begins, is another part of: the last one before it."""
    at = bisect_right(edits, line, key=lambda edit: edit.line)
    return tuple(edits[max(at - 1, 0) : max(at, 1)])


def _groups(edits: Sequence[Edit], others: Sequence[Edit], *, follows: bool) -> tuple[str, ...]:
    """The groups of a hunk. What follows is there for each group that uses a name it brings, as far as one can see."""
    own = dict.fromkeys(edit.group for edit in edits if follows or not edit.follows)
    if not follows:
        return tuple(own)
    brought = {word for edit in edits for word in _words(edit.after) - _words(edit.before)}
    return tuple(own | dict.fromkeys(o.group for o in others if not o.follows and brought & _words(o.after)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text)) - {"import", "from", "as"}

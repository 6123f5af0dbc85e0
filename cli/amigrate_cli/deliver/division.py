"""Dividing the groups of a change set: by codemod, by Django app, by owner, or each by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from amigrate.model import ChangeSet

_MARKS = frozenset({"apps.py", "models.py", "models", "migrations", "admin.py", "urls.py", "views.py", "views"})
PROJECT = "project"  # what lies in no app


def division_of(change_set: ChangeSet, by: str, files: Iterable[str]) -> Mapping[str, str]:
    """The name of the part that each group belongs to; `by` is codemod, app or group."""
    match by:
        case "app":
            return by_app(change_set, files)
        case "group":
            return by_group(change_set)
        case _:
            return by_codemod(change_set)


def by_codemod(change_set: ChangeSet) -> Mapping[str, str]:
    """The lead codemod of each group that has edits."""
    known = {group.id: group.lead for group in change_set.groups}
    return {edit.group: known.get(edit.group, edit.codemod) for edit in change_set.edits}


def by_group(change_set: ChangeSet) -> Mapping[str, str]:
    """Each group that has edits, by itself."""
    return {edit.group: edit.group for edit in change_set.edits}


def by_app(change_set: ChangeSet, files: Iterable[str]) -> Mapping[str, str]:
    """The Django app that most edits of each group lie in; `files` are those of the project.

    An app is a package with what Django looks for in apps: the innermost one around a file that has an `apps.py`,
    models or migrations, or else the innermost with views or URLs.
    """
    entries: dict[str, set[str]] = {}
    for file in files:
        parts = file.split("/")
        for depth in range(len(parts)):
            entries.setdefault("/".join(parts[:depth]), set()).add(parts[depth])

    def app_of(path: str) -> str:
        around = [str(one) for one in PurePosixPath(path).parents][:-1]
        for marks in ({"apps.py", "models.py", "models", "migrations"}, _MARKS):
            for folder in around:
                if marks & entries.get(folder, set()):
                    return folder.replace("/", ".")
        return PROJECT

    return by_most_edits(change_set, app_of)


def by_most_edits(change_set: ChangeSet, key_of: Callable[[str], str]) -> Mapping[str, str]:
    """For each group the key of the files in which most of its edits lie; of several, the first by name."""
    votes: dict[str, Counter[str]] = {}
    for edit in change_set.edits:
        votes.setdefault(edit.group, Counter())[key_of(edit.path)] += 1
    return {group: min(counted, key=lambda key: (-counted[key], key)) for group, counted in votes.items()}

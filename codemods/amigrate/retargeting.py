"""The codemod `retarget` in the pipeline: over the files that import django_ahead, as a team's own codemods run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from amigrate.model import ChangeSet, Refusal
from amigrate.options import Progress
from amigrate.rewrite.source import RewriteError
from amigrate.transformers.imports.command import command_for
from amigrate.transformers.imports.retarget import ID, left_alone, version_of
from amigrate.user_changes import with_user_changes


def with_retargeted(change_set: ChangeSet, sources: Mapping[str, bytes], progress: Progress) -> ChangeSet:
    """The change set with a group for each file whose imports become Django's, and refusals for what stays.

    Args:
        change_set: the changes so far, for its target Django.
        sources: the bytes on disk of the files to go through.
        progress: is told of each file.
    """
    using = {path: source for path, source in sources.items() if b"django_ahead" in source}
    changed = with_user_changes(change_set, {ID: command_for(change_set.django)}, using, progress)
    refusals = (*changed.refusals, *_refusals(using, change_set.django))
    return replace(changed, refusals=tuple(sorted(refusals, key=lambda one: (one.path, one.line, one.symbol))))


def _refusals(sources: Mapping[str, bytes], django: str) -> Iterator[Refusal]:
    for path, source in sources.items():
        try:
            left = list(left_alone(source, version_of(django)))
        except RewriteError:
            continue  # it is among the failures
        for one in left:
            owner, _, name = one.django.rpartition(".")
            reason = f"{one.public}() takes the object first; Django {django} has {name} on {owner.rpartition('.')[2]}"
            suggestion = f"call {name} of Django at each use, and drop the import"
            yield Refusal(path, one.line, one.public, ID, reason, suggestion)

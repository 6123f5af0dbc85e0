"""A patch for each file and for each group, for those who commit or discuss them one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from amigrate.model import ChangeSet
from amigrate.review.patch import patch

_LONGEST = 80  # characters of a name


def patches(
    change_set: ChangeSet, only_groups: Callable[[ChangeSet, frozenset[str]], ChangeSet]
) -> Iterator[tuple[str, bytes]]:
    """(path of a patch, its bytes): `files/NAME.patch` for each file, `groups/NUMBER-NAME.patch` for each group.

    Those of the files together are the whole change. Each of a group is that group alone, on the project as it is.
    """
    for number, change in enumerate(change_set.changes, 1):
        yield f"files/{number:03}-{_name(change.path)}.patch", patch([change])
    for number, group in enumerate(change_set.groups, 1):
        part = only_groups(change_set, frozenset({group.id}))
        yield f"groups/{number:03}-{_name(group.id)}.patch", patch(part.changes)


def _name(text: str) -> str:
    """A file name that any system takes."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text).strip("._-")[-_LONGEST:] or "unnamed"

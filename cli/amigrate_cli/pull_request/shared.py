"""What the parts of a run share, and what each is to become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate_cli.forges.forge import Forge
from amigrate_cli.forges.patience import Patience
from amigrate_cli.git.pending import Note
from amigrate_cli.git.remote import Remote
from amigrate_cli.git.repository import Repository

if TYPE_CHECKING:
    from amigrate.codemod import Metadata


@dataclass(frozen=True, slots=True)
class Publisher:
    """All that the parts of a run share. `records` is where this clone keeps what it made."""

    repository: Repository
    remote: Remote
    forge: Forge
    patience: Patience
    note: Note
    records: Path
    codemods: Sequence[Metadata]
    tips: Mapping[str, str]
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pull request as it is to be: on the branch `base` and its commit; `before` comes before our part, at first.

    `expected` is what its files hold in that commit, if all is as we think.
    """

    base: str
    base_sha: str
    title: str
    before: str
    text: str
    draft: bool
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    series: str
    expected: Mapping[str, bytes]

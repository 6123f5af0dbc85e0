"""The frozen data that all stages speak: sites, edits, groups, refusals, failures and the change set.

Lines count from 1. Columns are 0-based offsets in UTF-8 bytes, as `ast` reports them. Paths are relative to the
project root and use `/`.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Confidence(StrEnum):
    """How sure an edit is. `manual` is never applied: it is shown as a suggestion."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"

    @property
    def rank(self) -> int:
        """0 for the surest; a group is as sure as its least sure edit, i.e. the one of the highest rank."""
        return (Confidence.SAFE, Confidence.REVIEW, Confidence.MANUAL).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where a node stands, end exclusive, in `ast` coordinates."""

    line: int
    col: int
    end_line: int
    end_col: int


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """One place that one codemod rewrites: what the plan hands to the rewriting stage.

    `node` is the name of the `ast` class at `span` (`Call`, `For`, `ListComp`, ...). `params` are the codemod's own
    parameters, each documented in its file; a site holds all that its codemod needs, so that rewriting needs no facts.
    With a `twin` it is in a copy of its function, which is put below the function under that name.
    """

    span: Span
    node: str
    codemod: str
    params: tuple[tuple[str, str], ...] = ()
    group: str = ""
    symbol: str = ""
    reason: str = ""
    confidence: Confidence = Confidence.SAFE
    twin: str = ""

    def param(self, name: str, default: str = "") -> str:
        """The value of one parameter, or `default`."""
        return next((value for key, value in self.params if key == name), default)


@dataclass(frozen=True, slots=True)
class FilePlan:
    """All sites of one file, with the sha256 of the bytes they were found in.

    `coroutines` are the names that mean, in this file, functions that become `async def`, each with the group that
    makes it one: each call of them must be awaited afterwards.
    """

    path: str
    digest: str
    sites: tuple[Site, ...]
    coroutines: frozenset[tuple[str, str]] = frozenset()

    @property
    def coroutine_names(self) -> frozenset[str]:
        """The names of `coroutines`."""
        return frozenset(name for name, _ in self.coroutines)

    def only(self, groups: Set[str]) -> FilePlan:
        """The plan with what belongs to these groups."""
        sites = tuple(site for site in self.sites if site.group in groups)
        return replace(self, sites=sites, coroutines=frozenset(one for one in self.coroutines if one[1] in groups))


@dataclass(frozen=True, slots=True)
class Edit:
    """One change that was made: a site with its text before and after. `id` is a stable fingerprint.

    One that `follows` from others (an import, a requirement) is there as long as one of their groups is.
    """

    id: str
    path: str
    codemod: str
    group: str
    symbol: str
    line: int
    end_line: int
    before: str
    after: str
    reason: str
    confidence: Confidence
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Replacement:
    """The bytes from `start` to `end` become `after`."""

    start: int
    end: int
    after: bytes


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A change of a file without sites: a template, settings, requirements.

    The bytes from `start` to `end` of `path` become `after` when one of `groups` is applied, and belong to the first
    of them that is. `follows` is that of `Edit`.
    """

    path: str
    start: int
    end: int
    after: bytes
    codemod: str
    groups: tuple[str, ...]
    reason: str
    confidence: Confidence = Confidence.SAFE
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Edits that only work together. `lead` is the codemod that the commit of the group is named after.

    `needs` are pairs of symbols of the group of which the first one works only with the second one as it becomes.
    """

    id: str
    lead: str
    confidence: Confidence
    paths: tuple[str, ...]
    needs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something a user could expect to change and that was left alone, with the reason and what to do about it."""

    path: str
    line: int
    symbol: str
    codemod: str
    reason: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or group that could not be handled. `reason` is one line that names the remedy where there is one."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """The bytes of one file before and after, and the edits between them."""

    path: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a run; `seconds` is wall time."""

    files_scanned: int = 0
    functions_made_async: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The result of a run on one project: everything that the reports, the terminal and git are made from.

    `notes` are one-line remarks on how the run was done. `plans` and `texts` are what the changes were made from, so
    that a part of the groups can be applied alone; `codemods` names the team's own ones that took part.
    """

    root: str
    django: str
    python: str
    changes: tuple[FileChange, ...] = ()
    groups: tuple[Group, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    failures: tuple[Failure, ...] = ()
    summary: Summary = field(default_factory=Summary)
    plans: tuple[FilePlan, ...] = ()
    texts: tuple[TextEdit, ...] = ()
    notes: tuple[str, ...] = ()
    codemods: tuple[str, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All edits, in the order of their files."""
        return tuple(edit for change in self.changes for edit in change.edits)

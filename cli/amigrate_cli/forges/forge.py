"""What a forge can do for `amigrate pr`, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

State = Literal["open", "closed", "merged"]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, or merge request, as the forge has it. `head` and `base` are branches."""

    number: int
    url: str
    head: str
    base: str
    body: str
    state: State


@dataclass(frozen=True, slots=True)
class Draft:
    """A pull request to be opened."""

    head: str
    base: str
    title: str
    body: str
    draft: bool


class ForgeError(Exception):
    """The forge refused something. The message is one line and names the remedy where there is one."""


class Busy(ForgeError):
    """The forge may do it later: it limits the rate, is out of order or out of reach. `after`: seconds, 0 unknown."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class Duplicate(ForgeError):
    """There is such a pull request already."""


def plain_lines(body: str | None) -> str:
    """The text of a pull request with the line ends that we write: forges change them."""
    return (body or "").replace("\r\n", "\n")


class Forge(Protocol):
    """Each method may raise ForgeError; `Busy` when it is worth another try."""

    @property
    def what(self) -> str:
        """How it calls a pull request."""

    def find(self, head: str) -> Sequence[PullRequest]:
        """The pull requests of a branch, in whatever state, newest first."""

    def find_open(self, prefix: str) -> Sequence[PullRequest]:
        """The open pull requests of the branches that begin with `prefix`."""

    def create(self, draft: Draft) -> PullRequest:
        """Opens one. Raises Duplicate when there is one from this head to this base."""

    def update(self, number: int, body: str, base: str) -> None:
        """Gives an open one another body and base."""

    def label(self, number: int, labels: Sequence[str]) -> None:
        """Adds labels."""

    def ask(self, number: int, reviewers: Sequence[str]) -> None:
        """Asks for reviews; `org/team` is a team."""

    def comment(self, number: int, text: str) -> None:
        """Adds a comment."""

    def close(self, number: int) -> None:
        """Closes one."""

    def attach(self, file: Path) -> str:
        """Uploads a file; gives Markdown that links it, or nothing when the forge keeps no files."""

"""What the user wants of the pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """`branch` is the name of the branch, or how the names of all begin; `template` the text of `--body-file`."""

    branch: str
    base: str
    title: str
    template: str | None
    draft: bool
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    commits_by: str
    split: str
    review_url: str
    review_file: Path | None

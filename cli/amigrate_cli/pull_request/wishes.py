"""What the user wants of the pull requests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wishes:
    """`branch` is the name of the branch, or how the names of all begin; `template` the text of `--body-file`.

    `review` is the URL or the file of a review as HTML.
    """

    branch: str
    base: str
    title: str
    template: str | None
    draft: bool
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    commits_by: str
    split: str
    review: str

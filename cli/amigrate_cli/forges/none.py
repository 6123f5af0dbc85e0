"""No forge: the text of each pull request goes into a file, and the user opens it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from amigrate_cli.deliver.whole import write_whole
from amigrate_cli.forges.forge import Draft, PullRequest


class NoForge:
    """Pull requests as files in a folder: one of Markdown, and one of what else is known."""

    what = "pull request"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, head: str) -> Sequence[PullRequest]:
        return [one for one in self._all() if one.head == head]

    def find_open(self, prefix: str) -> Sequence[PullRequest]:
        return [one for one in self._all() if one.head.startswith(prefix) and one.state == "open"]

    def create(self, draft: Draft) -> PullRequest:
        number = max((one.number for one in self._all()), default=0) + 1
        made = PullRequest(number, str(self.file(draft.head)), draft.head, draft.base, draft.body, "open")
        self._keep(made)
        return made

    def update(self, number: int, body: str, base: str) -> None:
        self._keep(replace(self._one(number), body=body, base=base))

    def label(self, number: int, labels: Sequence[str]) -> None:
        """There is nothing that could have labels."""

    def ask(self, number: int, reviewers: Sequence[str]) -> None:
        """There is nobody to ask."""

    def comment(self, number: int, text: str) -> None:
        one = self._one(number)
        self._keep(replace(one, body=f"{one.body.rstrip()}\n\n{text}\n"))

    def close(self, number: int) -> None:
        self._keep(replace(self._one(number), state="closed"))

    def attach(self, file: Path) -> str:
        return ""

    def file(self, head: str) -> Path:
        """The file with the text of the pull request of a branch."""
        return self._folder / f"{head.replace('/', '-')}.md"

    def _one(self, number: int) -> PullRequest:
        return next(one for one in self._all() if one.number == number)

    def _all(self) -> list[PullRequest]:
        found = []
        for path in sorted(self._folder.glob("*.json")):
            kept = PullRequest(**json.loads(path.read_bytes()))
            text = self.file(kept.head)
            found.append(replace(kept, body=text.read_text(encoding="utf-8")) if text.exists() else kept)
        return found

    def _keep(self, one: PullRequest) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = self.file(one.head)
        write_whole(text, one.body.encode())
        write_whole(text.with_suffix(".json"), json.dumps(asdict(replace(one, body=""))).encode())

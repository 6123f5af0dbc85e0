"""GitHub through its program `gh`, which has the token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from amigrate_cli.forges.address import Address
from amigrate_cli.forges.forge import Draft, PullRequest, State, plain_lines
from amigrate_cli.forges.program import ask_api, require_program


class GhForge:
    """Pull requests of one repository."""

    what = "pull request"

    def __init__(self, address: Address) -> None:
        self._program = require_program("gh", "https://cli.github.com")
        self._host, self._name = address.host, address.path

    def find(self, head: str) -> Sequence[PullRequest]:
        owner = self._name.partition("/")[0]
        query = f"state=all&sort=created&direction=desc&per_page=100&head={quote(f'{owner}:{head}', safe='')}"
        return [_seen(one) for one in self._ask("GET", f"pulls?{query}") if one["head"]["ref"] == head]

    def find_open(self, prefix: str) -> Sequence[PullRequest]:
        found = (one for one in self._ask("GET", "pulls?state=open&per_page=100") if one["head"]["repo"])
        ours = (one for one in found if one["head"]["repo"]["full_name"] == self._name)
        return [_seen(one) for one in ours if one["head"]["ref"].startswith(prefix)]

    def create(self, draft: Draft) -> PullRequest:
        content = {"head": draft.head, "base": draft.base, "title": draft.title, "body": draft.body}
        return _seen(self._ask("POST", "pulls", {**content, "draft": draft.draft}))

    def update(self, number: int, body: str, base: str) -> None:
        self._ask("PATCH", f"pulls/{number}", {"body": body, "base": base})

    def label(self, number: int, labels: Sequence[str]) -> None:
        self._ask("POST", f"issues/{number}/labels", {"labels": list(labels)})

    def ask(self, number: int, reviewers: Sequence[str]) -> None:
        people = [name for name in reviewers if "/" not in name]
        teams = [name.rpartition("/")[2] for name in reviewers if "/" in name]
        asked = {"reviewers": people, "team_reviewers": teams}
        self._ask("POST", f"pulls/{number}/requested_reviewers", asked)

    def comment(self, number: int, text: str) -> None:
        self._ask("POST", f"issues/{number}/comments", {"body": text})

    def close(self, number: int) -> None:
        self._ask("PATCH", f"pulls/{number}", {"state": "closed"})

    def attach(self, file: Path) -> str:
        return ""  # the API keeps no files

    def _ask(self, method: str, path: str, content: Mapping[str, object] | None = None) -> Any:
        return ask_api(self._program, self._host, method, f"repos/{self._name}/{path}", content)


def _seen(one: Mapping[str, Any]) -> PullRequest:
    state: State = "open" if one["state"] == "open" else "merged" if one.get("merged_at") else "closed"
    return PullRequest(
        one["number"],
        one["html_url"],
        one["head"]["ref"],
        one["base"]["ref"],
        plain_lines(one["body"]),
        state,
    )

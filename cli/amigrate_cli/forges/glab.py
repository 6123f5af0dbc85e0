"""GitLab through its program `glab`, which has the token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from amigrate_cli.forges.address import Address
from amigrate_cli.forges.forge import Draft, ForgeError, PullRequest, State, plain_lines
from amigrate_cli.forges.program import ask_api, require_program

_STATES: dict[str, State] = {"opened": "open", "merged": "merged"}  # all others count as closed


class GlabForge:
    """Merge requests of one project."""

    what = "merge request"

    def __init__(self, address: Address) -> None:
        self._program = require_program("glab", "https://gitlab.com/gitlab-org/cli")
        self._host, self._name = address.host, address.path

    def find(self, head: str) -> Sequence[PullRequest]:
        query = f"state=all&order_by=created_at&sort=desc&per_page=100&source_branch={quote(head, safe='')}"
        return [_seen(one) for one in self._ask("GET", f"merge_requests?{query}") if _is_own(one)]

    def find_open(self, prefix: str) -> Sequence[PullRequest]:
        found = [one for one in self._ask("GET", "merge_requests?state=opened&per_page=100") if _is_own(one)]
        return [_seen(one) for one in found if one["source_branch"].startswith(prefix)]

    def create(self, draft: Draft) -> PullRequest:
        title = f"Draft: {draft.title}" if draft.draft else draft.title
        content = {"source_branch": draft.head, "target_branch": draft.base, "title": title, "description": draft.body}
        return _seen(self._ask("POST", "merge_requests", content))

    def update(self, number: int, body: str, base: str) -> None:
        self._edit(number, {"description": body, "target_branch": base})

    def label(self, number: int, labels: Sequence[str]) -> None:
        self._edit(number, {"add_labels": ",".join(labels)})

    def ask(self, number: int, reviewers: Sequence[str]) -> None:
        now = self._ask("GET", f"merge_requests/{number}").get("reviewers") or []
        ids, unknown = [one["id"] for one in now], []
        for name in reviewers:
            users = ask_api(self._program, self._host, "GET", f"users?username={quote(name, safe='')}")
            ids += [user["id"] for user in users[:1]]
            unknown += [] if users else [name]
        self._edit(number, {"reviewer_ids": list(dict.fromkeys(ids))})
        if unknown:
            raise ForgeError(f"no user {', '.join(unknown)}")

    def comment(self, number: int, text: str) -> None:
        self._ask("POST", f"merge_requests/{number}/notes", {"body": text})

    def close(self, number: int) -> None:
        self._edit(number, {"state_event": "close"})

    def attach(self, file: Path) -> str:
        return ""  # the program has no way to upload one

    def _edit(self, number: int, content: Mapping[str, object]) -> None:
        self._ask("PUT", f"merge_requests/{number}", content)

    def _ask(self, method: str, path: str, content: Mapping[str, object] | None = None) -> Any:
        return ask_api(self._program, self._host, method, f"projects/{quote(self._name, safe='')}/{path}", content)


def _is_own(one: Mapping[str, Any]) -> bool:
    return bool(one["source_project_id"] == one["target_project_id"])


def _seen(one: Mapping[str, Any]) -> PullRequest:
    state = _STATES.get(one["state"], "closed")
    text = plain_lines(one["description"])
    return PullRequest(one["iid"], one["web_url"], one["source_branch"], one["target_branch"], text, state)

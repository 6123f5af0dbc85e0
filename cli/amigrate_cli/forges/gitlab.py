"""GitLab, on gitlab.com or elsewhere, through python-gitlab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError

from amigrate_cli.forges.address import Address
from amigrate_cli.forges.forge import Busy, Draft, Duplicate, ForgeError, PullRequest, State, plain_lines
from amigrate_cli.forges.secret import Token

_STATES: dict[str, State] = {"opened": "open", "merged": "merged"}  # all others count as closed
_TIMEOUT = 30  # seconds without a byte
_OURS: dict[str, Any] = {"obey_rate_limit": False, "retry_transient_errors": False}  # pauses are ours, with a word


class GitLabForge:
    """Merge requests of one project."""

    what = "merge request"

    def __init__(self, address: Address, token: Token, timeout: int = _TIMEOUT) -> None:
        session = requests.Session()
        session.hooks["response"].append(self._note_pause)
        self._client = Gitlab(
            f"{address.scheme}://{address.host}", private_token=token.value, timeout=timeout, keep_base_url=True,
            session=session,
        )  # fmt: skip
        self._pause = 0.0
        self._source, self._name = token.source, address.path
        self._project = self._client.projects.get(address.path, lazy=True)

    def find(self, head: str) -> Sequence[PullRequest]:
        with self._errors():
            found = self._project.mergerequests.list(
                source_branch=head, state="all", order_by="created_at", sort="desc", get_all=True, **_OURS
            )
            return [_seen(one) for one in found if one.source_project_id == one.target_project_id]

    def find_open(self, prefix: str) -> Sequence[PullRequest]:
        with self._errors():
            found = self._project.mergerequests.list(state="opened", get_all=True, **_OURS)
            own = (one for one in found if one.source_project_id == one.target_project_id)
            return [_seen(one) for one in own if one.source_branch.startswith(prefix)]

    def create(self, draft: Draft) -> PullRequest:
        title = f"Draft: {draft.title}" if draft.draft else draft.title
        content = {"source_branch": draft.head, "target_branch": draft.base, "title": title, "description": draft.body}
        with self._errors():
            return _seen(self._project.mergerequests.create(content, **_OURS))

    def update(self, number: int, body: str, base: str) -> None:
        self._edit(number, {"description": body, "target_branch": base})

    def label(self, number: int, labels: Sequence[str]) -> None:
        self._edit(number, {"add_labels": ",".join(labels)})

    def ask(self, number: int, reviewers: Sequence[str]) -> None:
        ids, unknown = [], []
        with self._errors():
            for name in reviewers:
                users = self._client.users.list(username=name, get_all=False, **_OURS)
                ids += [user.id for user in users[:1]]
                unknown += [] if users else [name]
            now = self._project.mergerequests.get(number, **_OURS).attributes.get("reviewers") or []
        if ids:
            self._edit(number, {"reviewer_ids": list(dict.fromkeys([one["id"] for one in now] + ids))})
        if unknown:
            raise ForgeError(f"no user {', '.join(unknown)}")

    def comment(self, number: int, text: str) -> None:
        with self._errors():
            self._project.mergerequests.get(number, lazy=True).notes.create({"body": text}, **_OURS)

    def close(self, number: int) -> None:
        self._edit(number, {"state_event": "close"})

    def attach(self, file: Path) -> str:
        with self._errors():
            sent = self._project.upload(file.name, filedata=file.read_bytes(), **_OURS)
            return str(sent["markdown"])

    def _note_pause(self, answer: requests.Response, **_: Any) -> None:
        """Errors of the library do not have the headers."""
        after = answer.headers.get("Retry-After", "")
        self._pause = float(after) if after.isdecimal() else 0.0

    def _edit(self, number: int, content: dict[str, Any]) -> None:
        with self._errors():
            self._project.mergerequests.update(number, content, **_OURS)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except GitlabError as error:
            raise self._meaning(error) from None
        except requests.RequestException as error:
            raise Busy(f"GitLab cannot be reached ({type(error).__name__})") from None

    def _meaning(self, error: GitlabError) -> ForgeError:
        said = _said(error)
        match error.response_code:
            case 429:
                return Busy("GitLab limits the rate of requests", self._pause)
            case 409:
                return Duplicate(said)
            case int(status) if status >= 500:
                return Busy(f"GitLab is out of order ({status})")
            case 401:
                return ForgeError(f"GitLab refused the token from {self._source}: {said}; make a new one")
            case 403 | 404:
                return ForgeError(
                    f"{self._name}: GitLab answered {error.response_code}: {said}; the token from {self._source} needs "
                    "the scope `api` and access to the project"
                )
        return ForgeError(f"GitLab answered {error.response_code}: {said}")


def _said(error: GitlabError) -> str:
    return " ".join(str(error.error_message).split()) or "no reason"


def _seen(one: Any) -> PullRequest:
    state = _STATES.get(one.state, "closed")
    return PullRequest(one.iid, one.web_url, one.source_branch, one.target_branch, plain_lines(one.description), state)

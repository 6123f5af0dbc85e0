"""GitHub and GitHub Enterprise, through PyGithub."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import github
import requests
from github import Auth, Github, GithubException

from amigrate_cli.forges.address import Address
from amigrate_cli.forges.forge import Busy, Draft, Duplicate, ForgeError, PullRequest, State, plain_lines
from amigrate_cli.forges.secret import Token

if TYPE_CHECKING:
    from github.PullRequest import PullRequest as Found

_TIMEOUT = 30  # seconds without a byte
_PAGE = 100


def api_of(address: Address) -> str:
    """Where the REST API of the host is."""
    if address.host == "github.com":
        return "https://api.github.com"
    if address.host.endswith(".ghe.com"):
        return f"https://api.{address.host}"
    return f"{address.scheme}://{address.host}/api/v3"


class GitHubForge:
    """Pull requests of one repository."""

    what = "pull request"

    def __init__(self, address: Address, token: Token, timeout: int = _TIMEOUT) -> None:
        # retries are ours: the library's would sleep for an hour without a word
        client = Github(
            auth=Auth.Token(token.value), base_url=api_of(address), timeout=timeout, retry=None, per_page=_PAGE,
            seconds_between_requests=None, seconds_between_writes=None, user_agent="amigrate", lazy=True,
        )  # fmt: skip
        self._source = token.source
        self._owner = address.path.partition("/")[0]
        self._repository = client.get_repo(address.path)
        self._name = address.path
        self._found: dict[int, Found] = {}

    def find(self, head: str) -> Sequence[PullRequest]:
        with self._errors():
            found = self._repository.get_pulls(
                state="all", head=f"{self._owner}:{head}", sort="created", direction="desc"
            )
            return [self._seen(one) for one in found if one.head.ref == head]

    def find_open(self, prefix: str) -> Sequence[PullRequest]:
        with self._errors():
            found = self._repository.get_pulls(state="open")
            ours = (one for one in found if one.head.ref.startswith(prefix))
            return [self._seen(one) for one in ours if one.head.label == f"{self._owner}:{one.head.ref}"]

    def create(self, draft: Draft) -> PullRequest:
        with self._errors():
            made = self._repository.create_pull(
                draft.base, draft.head, title=draft.title, body=draft.body, draft=draft.draft
            )
            return self._seen(made)

    def update(self, number: int, body: str, base: str) -> None:
        with self._errors():
            self._found[number].edit(body=body, base=base)

    def label(self, number: int, labels: Sequence[str]) -> None:
        with self._errors():
            one = self._found[number]
            # the library's own method sends a bare list, which GitHub's description of the API knows only in words
            one.requester.requestJsonAndCheck("POST", f"{one.issue_url}/labels", input={"labels": list(labels)})

    def ask(self, number: int, reviewers: Sequence[str]) -> None:
        people = [name for name in reviewers if "/" not in name]
        teams = [name.rpartition("/")[2] for name in reviewers if "/" in name]
        with self._errors():
            self._found[number].create_review_request(reviewers=people, team_reviewers=teams)

    def comment(self, number: int, text: str) -> None:
        with self._errors():
            self._found[number].create_issue_comment(text)

    def close(self, number: int) -> None:
        with self._errors():
            self._found[number].edit(state="closed")

    def attach(self, file: Path) -> str:
        return ""  # the API keeps no files

    def _seen(self, one: Found) -> PullRequest:
        self._found[one.number] = one
        state: State = "open" if one.state == "open" else "merged" if one.merged_at else "closed"
        return PullRequest(one.number, one.html_url, one.head.ref, one.base.ref, plain_lines(one.body), state)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except GithubException as error:
            raise self._meaning(error) from None
        except requests.RequestException as error:
            raise Busy(f"GitHub cannot be reached ({type(error).__name__})") from None

    def _meaning(self, error: GithubException) -> ForgeError:
        said = _said(error)
        match error.status:
            case 403 | 429 if (after := _limited(error.headers or {}, error)) is not None:
                return Busy("GitHub limits the rate of requests", after)
            case int(status) if status >= 500:
                return Busy(f"GitHub is out of order ({status})")
            case 401:
                return ForgeError(f"GitHub refused the token from {self._source}: {said}; make a new one")
            case 403 | 404:
                return ForgeError(
                    f"{self._name}: GitHub answered {error.status}: {said}; the token from {self._source} needs access "
                    "to the repository, with the right to write pull requests"
                )
            case 422 if "already exists" in said:
                return Duplicate(said)
        return ForgeError(f"GitHub answered {error.status}: {said}")


def _said(error: GithubException) -> str:
    data = error.data if isinstance(error.data, Mapping) else {}
    details = (
        one.get("message") or one.get("code", "") if isinstance(one, Mapping) else one
        for one in data.get("errors") or ()
    )
    return "; ".join(map(str, filter(None, (data.get("message", error.message), *details)))) or "no reason"


def _limited(headers: Mapping[str, str], error: GithubException) -> float | None:
    """The seconds to wait, 0 if that is not said; None when it is no matter of rates."""
    if "retry-after" in headers:
        return _number(headers["retry-after"])
    if headers.get("x-ratelimit-remaining") == "0":
        return max(1.0, _number(headers.get("x-ratelimit-reset", "")) - time.time())
    limited = isinstance(error, github.RateLimitExceededException) or error.status == 429
    return 0.0 if limited or "rate limit" in _said(error).lower() else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0

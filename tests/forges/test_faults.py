"""What a forge does on bad days, and what `amigrate pr` says then."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from subprocess import CompletedProcess

import pytest

from amigrate_cli.errors import Stop
from amigrate_cli.forges.address import Address
from amigrate_cli.forges.forge import Busy
from amigrate_cli.forges.github import GitHubForge
from amigrate_cli.forges.gitlab import GitLabForge
from amigrate_cli.forges.patience import Patience
from amigrate_cli.forges.secret import Token
from tests.forges.server import TOKEN, Fault, Host

Cli = Callable[..., CompletedProcess[str]]
LIST = {"github": r"GET .*/pulls$", "gitlab": r"GET .*/merge_requests$"}
CREATE = {"github": r"POST .*/pulls$", "gitlab": r"POST .*/merge_requests$"}


BOTH = pytest.mark.parametrize("forge", ["github", "gitlab"], indirect=True)


@pytest.fixture
def forge(request: pytest.FixtureRequest, host: Host, env: dict[str, str]) -> str:
    kind = str(getattr(request, "param", "github"))
    env["GITLAB_HOST" if kind == "gitlab" else "GH_HOST"] = host.address
    return kind


@BOTH
def test_an_answer_that_is_lost_opens_no_second_one(pr: Cli, host: Host, forge: str) -> None:
    host.faults.append(Fault(CREATE[forge], 0, after=True))
    done = pr("--label", "async")
    assert done.returncode == 0, done.stderr
    assert "cannot be reached" in done.stdout and "trying again in 1 s" in done.stdout
    assert len(host.pulls) == 1 and host.pulls[0]["labels"] == ["async"]


@pytest.mark.parametrize(
    ("forge", "status", "headers"),
    [
        ("github", 403, {"Retry-After": "1"}),
        ("github", 403, {"x-ratelimit-remaining": "0"}),
        ("github", 502, {}),
        ("gitlab", 429, {"Retry-After": "1"}),
    ],
    indirect=["forge"],
)
def test_it_waits_and_goes_on(pr: Cli, host: Host, forge: str, status: int, headers: dict[str, str]) -> None:
    host.faults.append(Fault(LIST[forge], status, times=1, headers=headers))
    done = pr()
    assert done.returncode == 0, done.stderr
    assert "trying again in 1 s" in done.stdout
    assert ("limits the rate of requests" if status != 502 else "is out of order (502)") in done.stdout
    assert len(host.pulls) == 1


@BOTH
def test_it_ends_when_the_limit_is_far_away_and_goes_on_later(pr: Cli, host: Host, forge: str) -> None:
    far = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 1800), "Retry-After": "1800"}
    host.faults.append(Fault(CREATE[forge], 403 if forge == "github" else 429, headers=far))
    done = pr()
    assert done.returncode == 3
    assert "run the same command again in 30 minutes, and it goes on from here" in done.stderr
    tip = host.git("rev-parse", "async")
    assert tip and host.pulls == []
    host.requests.clear()
    done = pr()
    assert done.returncode == 0, done.stderr
    assert host.git("rev-parse", "async") == tip and len(host.pulls) == 1
    assert not [what for what, _ in host.requests if "git-receive-pack" in what and what.startswith("POST")]


def test_an_outage_that_lasts_ends_the_run(pr: Cli, host: Host, forge: str) -> None:
    host.faults.append(Fault(LIST[forge], 503, times=99))
    done = pr("--wait", "2")
    assert done.returncode == 3
    assert "is out of order (503)" in done.stderr and "nothing is lost" in done.stderr
    assert not host.git("rev-parse", "--verify", "refs/heads/async")


@BOTH
def test_a_token_that_is_refused(pr: Cli, host: Host, forge: str) -> None:
    host.private = False
    done = pr(GH_ENTERPRISE_TOKEN="wrong-token-wrong", GITLAB_TOKEN="wrong-token-wrong")
    assert done.returncode == 3
    name = "GH_ENTERPRISE_TOKEN" if forge == "github" else "GITLAB_TOKEN"
    assert f"refused the token from {name}" in done.stderr
    assert "wrong-token-wrong" not in done.stdout + done.stderr


def test_a_repository_that_the_token_does_not_reach(pr: Cli, host: Host, forge: str) -> None:
    host.faults.append(Fault(LIST[forge], 404, body={"message": "Not Found"}))
    done = pr()
    assert done.returncode == 3
    assert "team/shop: " in done.stderr and "answered 404: Not Found" in done.stderr and "needs" in done.stderr


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_forge_that_does_not_answer_in_time(host: Host, kind: str) -> None:
    host.faults.append(Fault("GET", 200, seconds=1.6))
    address, token = Address("http", host.address, "team/shop", over_http=True), Token(TOKEN, "a test")
    forge = (GitHubForge if kind == "github" else GitLabForge)(address, token, timeout=1)
    with pytest.raises(Busy, match=r"cannot be reached \(ReadTimeout\)"):
        forge.find("async")


def test_pauses_grow_and_end() -> None:
    pauses: list[float] = []
    said: list[str] = []
    patience = Patience(100, said.append, pauses.append)

    def fail() -> None:
        raise Busy("out of order")

    with pytest.raises(Stop, match="asking: out of order; nothing is lost"):
        patience.attempt("asking", fail)
    assert len(pauses) == len(said) >= 5 and sum(pauses) <= 100
    assert all(after > before for before, after in pairwise(pauses[:4]))

"""`gh` and `glab` in the place of the libraries. The programs are stand-ins that speak to the host of the tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.forges.server import TOKEN, Fault, Host

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]
PROGRAM = Path(__file__).with_name("program.py")
LIST = {"gh": r"GET .*/pulls$", "glab": r"GET .*/merge_requests$"}
CREATE = {"gh": r"POST .*/pulls$", "glab": r"POST .*/merge_requests$"}


@pytest.fixture(params=["gh", "glab"])
def program(request: pytest.FixtureRequest, host: Host, env: dict[str, str], tmp_path: Path) -> str:
    """A program on the path, and no token in the environment."""
    name = str(request.param)
    path = tmp_path / "bin" / name
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{PROGRAM.read_text().replace('@TOKEN@', TOKEN)}")
    path.chmod(0o755)
    env["PATH"] = f"{path.parent}:{os.environ['PATH']}"
    env["GH_HOST" if name == "gh" else "GITLAB_HOST"] = host.address
    return name


@pytest.fixture
def run(pr: Cli, program: str) -> Cli:
    def with_program(*arguments: str) -> CompletedProcess[str]:
        return pr("--forge", program, *arguments, GH_ENTERPRISE_TOKEN="", GITLAB_TOKEN="")

    return with_program


def test_opened_updated_and_closed(run: Cli, program: str, host: Host, repository: Path, git: Git) -> None:
    done = run("--label", "a", "--label", "b", "--reviewer", "ada", "--draft")
    assert done.returncode == 0, done.stderr
    (opened,) = host.pulls
    assert (opened["head"], opened["base"], opened["draft"]) == ("async", "main", True)
    assert (opened["labels"], opened["reviewers"]) == (["a", "b"], ["ada"])
    opened["body"] += "\nMine."
    move(git, repository, {"new": "e = old(5)  # g3 zeta\n"})
    done = run("--reviewer", "bob")
    assert done.returncode == 0 and "Updated: " in done.stdout, done.stderr
    assert "4 edits in 3 groups" in opened["body"] and opened["body"].endswith("Mine.")
    move(git, repository, dict.fromkeys(("new", "views", "forms"), "x = 1\n"))
    assert run().returncode == 0
    assert (opened["state"], len(opened["comments"]), len(host.pulls)) == ("closed", 1, 1)


def move(git: Git, repository: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (repository / f"shop/{name}.py").write_text(text)
    git("add", "-A")
    git("commit", "--quiet", "-m", "moved")
    git("push", "--quiet", "../host/team/shop.git", "HEAD:main")


def test_parts_that_are_no_more_are_closed(run: Cli, program: str, host: Host, repository: Path, git: Git) -> None:
    assert run("--split", "codemod").returncode == 0
    assert {one["head"]: one["base"] for one in host.pulls} == {"async-alpha": "main", "async-zeta": "async-alpha"}
    assert run().returncode == 0
    assert [one["head"] for one in host.pulls if one["state"] == "open"] == ["async"]


def test_bad_days(run: Cli, program: str, host: Host) -> None:
    host.faults += [Fault(LIST[program], 502), Fault(CREATE[program], 429), Fault(CREATE[program], 502, after=True)]
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("trying again") == 3 and len(host.pulls) == 1
    host.faults.append(Fault(LIST[program], 404, body={"message": "Not Found"}))
    done = run()
    assert done.returncode == 3 and f"{program}: Not Found (HTTP 404)" in done.stderr


def test_a_reviewer_who_does_not_exist(run: Cli, program: str, host: Host) -> None:
    done = run("--reviewer", "nobody-at-all")
    assert done.returncode == 0 and "Not added: reviewers nobody-at-all" in done.stdout, done.stderr


def test_auto_takes_the_token_of_the_program(pr: Cli, program: str, host: Host) -> None:
    done = pr(GH_ENTERPRISE_TOKEN="", GITLAB_TOKEN="")
    assert done.returncode == 0, done.stderr
    assert len(host.pulls) == 1


def test_without_the_program(pr: Cli, host: Host) -> None:
    done = pr("--forge", "glab", PATH="/usr/bin:/bin")
    assert done.returncode == 2 and "the program glab is not installed; see https://" in done.stderr


def test_without_any_token(pr: Cli, host: Host) -> None:
    done = pr("--forge", "github", GH_ENTERPRISE_TOKEN="", PATH="/usr/bin:/bin")
    assert done.returncode == 2
    assert f"no token for {host.address}: set GH_ENTERPRISE_TOKEN" in done.stderr
    assert f"gh auth login --hostname {host.address}" in done.stderr and "keyring set amigrate" in done.stderr

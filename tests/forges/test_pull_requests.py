"""`amigrate pr` against a host with real git and real pull requests, through the real client libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.forges.server import TOKEN, Host

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]


BOTH = pytest.mark.parametrize("forge", ["github", "gitlab"], indirect=True)


@pytest.fixture
def forge(request: pytest.FixtureRequest, host: Host, monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> str:
    """The kind of forge that the host is."""
    kind = str(getattr(request, "param", "github"))
    env["GITLAB_HOST" if kind == "gitlab" else "GH_HOST"] = host.address
    return kind


def commit(git: Git, repository: Path, path: str, text: str, message: str = "moved") -> None:
    """A commit on main, here and on the host."""
    (repository / path).write_text(text)
    git("add", "-A")
    git("commit", "--quiet", "-m", message)
    git("push", "--quiet", "../host/team/shop.git", "HEAD:main")


@BOTH
def test_it_opens_one(pr: Cli, host: Host, forge: str, git: Git) -> None:
    def state() -> tuple[str, ...]:
        return git("status", "--porcelain", "--branch", "--ignored"), git("rev-parse", "HEAD"), git("worktree", "list")

    before = state()
    options = ("--label", "async", "--label", "help wanted", "--reviewer", "ada", "--draft", "--title", "Go async")
    done = pr(*options)
    assert (done.returncode, done.stderr) == (0, "")
    (opened,) = host.pulls
    assert (opened["head"], opened["base"], opened["state"], opened["draft"]) == ("async", "main", "open", True)
    assert opened["title"] == ("Draft: Go async" if forge == "gitlab" else "Go async")
    assert (opened["labels"], opened["reviewers"]) == (["async", "help wanted"], ["ada"])
    assert "3 edits in 2 groups" in opened["body"] and "| `alpha` | 2 | Alpha goes second. |" in opened["body"]
    assert "transaction.atomic has no async form: `shop/other.py:2`. → do it by hand" in opened["body"]
    assert host.git("log", "--format=%s", "main..async").count("amigrate:") == 2
    assert git("rev-parse", "async").strip() == host.git("rev-parse", "async")
    assert state() == before
    assert f"Opened: {host.url}/team/shop/" in done.stdout


def test_again_it_changes_nothing(pr: Cli, host: Host, forge: str) -> None:
    pr()
    tip, (opened,) = host.git("rev-parse", "async"), list(map(dict, host.pulls))
    host.requests.clear()
    done = pr()
    assert done.returncode == 0, done.stderr
    assert "is there already, as it is to be" in done.stdout and "As it was: " in done.stdout
    assert host.writes() == []
    assert (host.git("rev-parse", "async"), host.pulls) == (tip, [opened])


def test_when_main_moves_elsewhere_nothing_is_pushed(
    pr: Cli, host: Host, forge: str, repository: Path, git: Git
) -> None:
    pr()
    tip = host.git("rev-parse", "async")
    commit(git, repository, "readme.txt", "news\n")
    assert pr().returncode == 0
    assert host.git("rev-parse", "async") == tip and len(host.pulls) == 1


@BOTH
def test_when_main_moves_the_same_one_is_updated(pr: Cli, host: Host, forge: str, repository: Path, git: Git) -> None:
    pr("--label", "async")
    (opened,) = host.pulls
    opened["body"] = f"Seen by Ada.\r\n\r\n{opened['body']}\r\n\r\n- [x] tested by hand"
    opened["title"] = "What Ada calls it"
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    done = pr("--label", "async", "--label", "more")
    assert done.returncode == 0, done.stderr
    assert f"Updated: {host.url}" in done.stdout
    (updated,) = host.pulls
    assert updated["title"] == "What Ada calls it" and updated["labels"] == ["async", "more"]
    assert updated["body"].startswith("Seen by Ada.") and updated["body"].endswith("- [x] tested by hand")
    assert "4 edits in 3 groups" in updated["body"] and updated["body"].count("amigrate:begin") == 1
    assert host.git("merge-base", "main", "async") == host.git("rev-parse", "main")
    assert host.git("show", "async:shop/new.py") == "e = new(5)  # g3 zeta"


def test_a_fresh_clone_updates_it_too(
    pr: Cli, cli: Cli, host: Host, forge: str, repository: Path, git: Git, tmp_path: Path
) -> None:
    """As in CI: what was pushed is known from the pull request."""
    pr()
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    clone = tmp_path / "fresh"
    git("clone", "--quiet", "--depth=1", f"file://{host.bare()}", clone)
    git("remote", "set-url", "origin", f"{host.url}/team/shop.git", cwd=clone)
    done = cli("pr", clone, "--branch", "async", GH_ENTERPRISE_TOKEN=TOKEN, GITLAB_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert len(host.pulls) == 1 and "4 edits in 3 groups" in host.pulls[0]["body"]
    assert host.git("log", "--format=%s", "main..async").count("amigrate:") == 2


def test_commits_that_people_added_are_never_overwritten(
    pr: Cli, host: Host, forge: str, repository: Path, git: Git, tmp_path: Path
) -> None:
    pr()
    clone = tmp_path / "bob"
    git("clone", "--quiet", "--branch", "async", host.bare(), clone)
    (clone / "shop/views.py").write_text("# by hand\n")
    git("-c", "user.name=Bob", "commit", "--quiet", "-am", "repaired by hand", cwd=clone)
    git("push", "--quiet", "origin", "async", cwd=clone)
    theirs, body = host.git("rev-parse", "async"), host.pulls[0]["body"]
    assert pr().returncode == 0, "nothing is to be pushed, so nothing is in the way"
    assert host.git("rev-parse", "async") == theirs
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    ours = git("rev-parse", "async")
    done = pr()
    assert done.returncode == 3
    assert "Bob: repaired by hand" in done.stderr and "nothing was overwritten" in done.stderr
    assert host.git("rev-parse", "async") == theirs
    assert host.pulls[0]["body"] == body and git("rev-parse", "async") == ours


@BOTH
def test_an_empty_one_is_closed_with_a_comment(pr: Cli, host: Host, forge: str, repository: Path, git: Git) -> None:
    pr()
    for name in ("views", "forms"):
        commit(git, repository, f"shop/{name}.py", "nothing = 0\n")
    done = pr()
    assert done.returncode == 0, done.stderr
    (closed,) = host.pulls
    assert closed["state"] == "closed"
    assert closed["comments"] == ["Nothing is left to change here: amigrate closes this."]
    assert "Closed, since nothing is left to change" in done.stdout
    assert pr().returncode == 0 and len(host.pulls) == 1
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    assert pr().returncode == 0, "there is something to change again"
    assert [one["state"] for one in host.pulls] == ["closed", "open"]


def test_one_that_was_empty_is_opened_again(pr: Cli, host: Host, forge: str, repository: Path, git: Git) -> None:
    """With the same changes as before: nobody but amigrate closed it."""
    pr()
    commit(git, repository, "shop/views.py", "nothing = 0\n")
    commit(git, repository, "shop/forms.py", "nothing = 0\n")
    assert pr().returncode == 0 and host.pulls[0]["state"] == "closed"
    git("revert", "--no-edit", "HEAD", "HEAD~1")
    git("push", "--quiet", "../host/team/shop.git", "HEAD:main")
    done = pr()
    assert done.returncode == 0, done.stderr
    assert [one["state"] for one in host.pulls] == ["closed", "open"]


def test_one_that_people_closed_is_not_opened_again(pr: Cli, host: Host, forge: str) -> None:
    pr()
    host.pulls[0]["state"] = "closed"
    done = pr()
    assert done.returncode == 3 and "somebody closed" in done.stderr and "reopen it" in done.stderr
    assert len(host.pulls) == 1 and host.pulls[0]["state"] == "closed"


def test_after_a_merge_there_is_nothing_to_do(pr: Cli, host: Host, forge: str, git: Git) -> None:
    pr()
    host.git("update-ref", "refs/heads/main", "async")
    host.pulls[0] |= {"state": "closed", "merged": True}
    done = pr()
    assert done.returncode == 0, done.stderr
    assert len(host.pulls) == 1 and host.pulls[0]["comments"] == []


def test_people_may_take_our_part_out_of_the_text(pr: Cli, host: Host, forge: str, repository: Path, git: Git) -> None:
    pr()
    host.pulls[0]["body"] = "Mine."
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    assert pr().returncode == 0
    assert host.pulls[0]["body"].startswith("Mine.\n\n<!-- amigrate:begin ")


def test_what_apply_made_is_pushed_as_it_is_with_what_the_user_added(
    pr: Cli, cli: Cli, host: Host, forge: str, repository: Path, git: Git
) -> None:
    cli("apply", repository, "--branch", "async")
    git("switch", "--quiet", "async")
    (repository / "shop/views.py").write_text("# finished by hand\n")
    git("commit", "--quiet", "-am", "finished by hand")
    git("switch", "--quiet", "main")
    mine = git("rev-parse", "async").strip()
    done = pr()
    assert done.returncode == 0, done.stderr
    assert host.git("rev-parse", "async") == mine
    assert mine not in host.pulls[0]["body"], "only commits of ours may be overwritten later"
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    done = pr()
    assert done.returncode == 3 and "commits that amigrate did not make" in done.stderr
    assert host.git("rev-parse", "async") == mine == git("rev-parse", "async").strip()


@BOTH
def test_labels_and_reviewers_that_are_refused_are_named(pr: Cli, host: Host, forge: str) -> None:
    done = pr("--reviewer", "nobody-at-all", "--label", "fine")
    assert done.returncode == 0, done.stderr
    assert "Not added: reviewers nobody-at-all" in done.stdout
    assert (host.pulls[0]["labels"], host.pulls[0]["reviewers"]) == (["fine"], [])


def test_what_is_refused(pr: Cli, host: Host, forge: str, repository: Path, git: Git) -> None:
    for arguments, said in (
        (("--branch", "main"), "is the base or the default branch of origin"),
        (("--base", "nowhere"), "--base nowhere: origin has no such branch; it has main"),
        (("--remote", "upstream"), "--remote upstream: there is no such remote"),
        (("--branch", "a..b"), "not a name that git allows"),
    ):
        done = pr(*arguments)
        assert done.returncode == 2 and said in done.stderr, done.stderr
    git("branch", "async")
    git("-c", "user.name=Bob", "commit", "--quiet", "--allow-empty", "-m", "x")
    git("branch", "--force", "async", "HEAD")
    git("reset", "--quiet", "--hard", "HEAD~1")
    done = pr()
    assert done.returncode == 3 and "with commits that amigrate did not make" in done.stderr
    assert host.pulls == []


def test_a_checkout_with_work_in_progress_is_no_matter(pr: Cli, host: Host, forge: str, repository: Path) -> None:
    """What is migrated is the base as the remote has it."""
    (repository / "shop/views.py").write_text("work = 'in progress'\n")
    assert pr().returncode == 0
    assert (repository / "shop/views.py").read_text() == "work = 'in progress'\n"
    assert "new(1)" in host.git("show", "async:shop/views.py")


def test_a_branch_that_is_checked_out_is_not_built_anew(
    pr: Cli, host: Host, forge: str, repository: Path, git: Git
) -> None:
    pr()
    commit(git, repository, "shop/new.py", "e = old(5)  # g3 zeta\n")
    git("switch", "--quiet", "async")
    tip = git("rev-parse", "async")
    done = pr()
    assert done.returncode == 3
    assert f"async: is checked out in {repository}" in done.stderr and "switch to another branch" in done.stderr
    assert git("rev-parse", "async") == tip and git("status", "--porcelain") == ""

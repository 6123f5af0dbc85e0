"""`amigrate pr` against real git remotes: rejected pushes, hooks, others who push, a network that is cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.forges.server import Fault, Host

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]
PUSH = r"POST .*/git-receive-pack"


def hook(folder: Path, name: str, script: str) -> None:
    path = folder / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def tips(git: Git, bare: Path) -> str:
    return git("for-each-ref", "--format=%(refname) %(objectname)", cwd=bare)


def bodies(repository: Path) -> list[str]:
    return sorted(path.name for path in (repository / ".git/amigrate/pull-requests").glob("*.md"))


def test_without_a_forge_over_file(pr: Cli, bare: Path, repository: Path, git: Git) -> None:
    done = pr("--forge", "none", "--label", "x", "--reviewer", "y")
    assert (done.returncode, done.stderr) == (0, "")
    assert git("rev-parse", "async") == git("rev-parse", "async", cwd=bare)
    text = repository / ".git/amigrate/pull-requests/async.md"
    assert f"Opened: {text}" in done.stdout and "3 edits in 2 groups" in text.read_text()
    (repository / "shop/new.py").write_text("e = old(5)  # g3 zeta\n")
    git("add", "-A")
    git("commit", "--quiet", "-m", "new")
    git("push", "--quiet", "origin", "main")
    text.write_text(f"Mine.\n\n{text.read_text()}")
    done = pr("--forge", "none")
    assert done.returncode == 0 and f"Updated: {text}" in done.stdout, done.stderr
    assert text.read_text().startswith("Mine.") and "4 edits in 3 groups" in text.read_text()


def test_without_a_forge_over_http_it_says_where_to_open_one(pr: Cli, host: Host) -> None:
    host.private = False
    done = pr("--forge", "none")
    assert done.returncode == 0, done.stderr
    assert f"Open it: {host.url}/team/shop/compare/main...async" in done.stdout
    assert host.git("rev-parse", "async") and host.pulls == [] and host.writes() == []


def test_auto_does_not_guess(pr: Cli, bare: Path, host: Host, repository: Path, git: Git) -> None:
    done = pr()
    assert done.returncode == 2 and "is it GitHub or GitLab? give --forge" in done.stderr
    git("remote", "set-url", "origin", bare)
    done = pr()
    assert done.returncode == 2 and "the remote is a folder, where no forge is; give --forge none" in done.stderr


def test_a_remote_that_rejects_the_push(pr: Cli, bare: Path, git: Git) -> None:
    before = tips(git, bare)
    hook(bare, "pre-receive", 'echo "protected: branches begin with feature/" >&2; exit 1')
    done = pr("--forge", "none")
    assert done.returncode == 3
    assert "origin did not take the push, and nothing was overwritten: (pre-receive hook declined)" in done.stderr
    assert "protected: branches begin with feature/" in done.stderr
    assert tips(git, bare) == before
    (bare / "hooks/pre-receive").unlink()
    tip = git("rev-parse", "async")
    assert pr("--forge", "none").returncode == 0, "the branch is there, and is pushed now"
    assert git("rev-parse", "async", cwd=bare) == tip


def test_a_hook_of_the_user_that_fails(pr: Cli, bare: Path, repository: Path, git: Git) -> None:
    before = tips(git, bare)
    for name, said in (("pre-commit", "the branch async was not made"), ("pre-push", "git push origin")):
        hook(repository / ".git", name, f"echo {name} says no >&2; exit 1")
        done = pr("--forge", "none")
        assert done.returncode == 3
        assert said in done.stderr and f"{name} says no" in done.stderr
        assert tips(git, bare) == before and bodies(repository) == []
        assert len(git("worktree", "list").splitlines()) == 1
        (repository / ".git/hooks" / name).unlink()
    assert pr("--forge", "none").returncode == 0


def test_somebody_pushes_at_the_same_time(pr: Cli, bare: Path, repository: Path, git: Git, tmp_path: Path) -> None:
    """The user's pre-push hook runs between our look at the remote and our push."""
    git("clone", "--quiet", bare, tmp_path / "bob")
    git("switch", "--quiet", "-c", "async", cwd=tmp_path / "bob")
    git("commit", "--quiet", "--allow-empty", "-m", "by Bob", cwd=tmp_path / "bob")
    hook(repository / ".git", "pre-push", f"unset GIT_DIR; git -C {tmp_path}/bob push --quiet origin async")
    done = pr("--forge", "none")
    assert done.returncode == 3
    assert "origin did not take the push, and nothing was overwritten: (" in done.stderr
    assert "If somebody pushed at the same time, run this again" in done.stderr
    assert git("log", "-1", "--format=%s", "async", cwd=bare).strip() == "by Bob"
    (repository / ".git/hooks/pre-push").unlink()
    done = pr("--forge", "none")
    assert done.returncode == 3 and "Ada: by Bob" in done.stderr
    assert git("log", "-1", "--format=%s", "async", cwd=bare).strip() == "by Bob"


def test_two_runs_at_once(
    pr: Cli, cli: Cli, host: Host, bare: Path, repository: Path, git: Git, tmp_path: Path
) -> None:
    """From two clones: one is first, the other one finds the same there, or is told so; there is one pull request."""
    from concurrent.futures import ThreadPoolExecutor

    from tests.forges.server import TOKEN

    git("clone", "--quiet", bare, tmp_path / "other")
    git("remote", "set-url", "origin", f"{host.url}/team/shop.git", cwd=tmp_path / "other")
    command = ("--branch", "async", "--forge", "github")
    with ThreadPoolExecutor() as pool:
        folders = (repository, tmp_path / "other")
        runs = [pool.submit(cli, "pr", folder, *command, GH_ENTERPRISE_TOKEN=TOKEN) for folder in folders]
        done = [run.result() for run in runs]
    assert {one.returncode for one in done} <= {0, 3} and 0 in {one.returncode for one in done}
    for one in done:
        assert one.returncode == 0 or "nothing was overwritten" in one.stderr, one.stderr
    assert len([one for one in host.pulls if one["state"] == "open"]) == 1
    assert host.git("log", "--format=%s", "main..async").count("amigrate:") == 2


@pytest.mark.parametrize("after", [False, True], ids=["before-it-came-through", "after"])
def test_the_network_is_cut_in_the_middle_of_the_push(pr: Cli, host: Host, after: bool) -> None:
    host.faults.append(Fault(PUSH, 0, times=1 if after else 2, after=after))  # the first is tried again by curl
    done = pr("--forge", "github")
    assert done.returncode == 0, done.stderr
    assert ("trying again" in done.stdout) is not after, "what came through is not sent again"
    assert host.git("log", "--format=%s", "main..async").count("amigrate:") == 2
    assert len(host.pulls) == 1 and host.git("fsck") == ""


def test_a_network_that_stays_cut(pr: Cli, host: Host, git: Git) -> None:
    host.faults.append(Fault(PUSH, 0, times=99))
    done = pr("--forge", "github", "--wait", "1")
    assert done.returncode == 3
    assert "pushing async: origin: " in done.stderr and "nothing is lost: run the same command again" in done.stderr
    assert not host.git("rev-parse", "--verify", "refs/heads/async") and host.pulls == []
    host.faults.clear()
    tip = git("rev-parse", "async").strip()
    assert pr("--forge", "github").returncode == 0
    assert host.git("rev-parse", "async") == tip, "what was built is pushed"


def test_git_that_is_out_of_order_over_there(pr: Cli, host: Host) -> None:
    host.faults.append(Fault(r"GET .*/info/refs", 503))
    done = pr("--forge", "github")
    assert done.returncode == 0, done.stderr
    assert "asking origin: origin: " in done.stdout and "trying again" in done.stdout


def test_an_empty_remote(pr: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", tmp_path / "empty.git", cwd=tmp_path)
    git("remote", "add", "origin", tmp_path / "empty.git")
    done = pr("--forge", "none")
    assert done.returncode == 2 and "origin has no branch yet; push the base branch first" in done.stderr


def test_the_default_branch_is_what_the_remote_says_now(pr: Cli, bare: Path, repository: Path, git: Git) -> None:
    git("remote", "set-head", "origin", "main")
    git("branch", "-m", "main", "trunk", cwd=bare)
    git("symbolic-ref", "HEAD", "refs/heads/trunk", cwd=bare)
    done = pr("--forge", "none")
    assert done.returncode == 0, done.stderr
    assert "2 commits on trunk" in done.stdout
    done = pr("--forge", "none", "--branch", "trunk")
    assert done.returncode == 2 and "is the base or the default branch of origin" in done.stderr


def test_from_a_detached_head_a_shallow_clone_and_a_linked_work_tree(
    cli: Cli, bare: Path, git: Git, tmp_path: Path
) -> None:
    git("clone", "--quiet", "--depth=1", f"file://{bare}", tmp_path / "shallow")
    git("checkout", "--quiet", "--detach", cwd=tmp_path / "shallow")
    git("worktree", "add", "--quiet", tmp_path / "linked", cwd=tmp_path / "shallow")
    done = cli("pr", tmp_path / "linked", "--branch", "async", "--forge", "none")
    assert done.returncode == 0, done.stderr
    assert git("log", "--format=%s", "main..async", cwd=bare).count("amigrate:") == 2


def test_a_project_in_a_subfolder(cli: Cli, bare: Path, repository: Path, git: Git) -> None:
    done = cli("pr", repository / "shop", "--branch", "async", "--forge", "none")
    assert done.returncode == 0, done.stderr
    assert git("diff", "--name-only", "main", "async", cwd=bare).split() == ["shop/forms.py", "shop/views.py"]

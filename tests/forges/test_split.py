"""`amigrate pr --split`: pull requests beside each other, or on top of each other where they share files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from amigrate_cli.deliver.owners import owner_of
from tests.forges.server import Host

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]


@pytest.fixture
def apps(repository: Path, git: Git, bare: Path) -> Path:
    """Three apps: `blog` shares a file with nobody, `shop` and `cart` have edits in each other's files."""
    files = {
        "blog/models.py": "b = old(1)  # b1 zeta\n",
        "cart/models.py": "c = old(1)  # c1 zeta\nd = old(2)  # c1 zeta\ne = old(3)  # g2 alpha\n",
        "shop/models.py": "f = old(1)  # g2 alpha\n",
        "CODEOWNERS": "* @everyone\n/blog/ @team/blog\n/cart/ @ada @bob\n",
    }
    for name, text in files.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(text)
    push(git, "apps")
    return repository


def push(git: Git, message: str) -> None:
    git("add", "-A")
    git("commit", "--quiet", "-m", message)
    git("push", "--quiet", "../host/team/shop.git", "HEAD:main")


def opened(host: Host) -> dict[str, str]:
    return {one["head"]: one["base"] for one in host.pulls if one["state"] == "open"}


def test_by_app(pr: Cli, apps: Path, host: Host) -> None:
    done = pr("--forge", "github", "--split", "app", "--title", "Async")
    assert done.returncode == 0, done.stderr
    assert opened(host) == {"async-blog": "main", "async-cart": "main", "async-shop": "async-cart"}
    assert [one["title"] for one in host.pulls] == ["Async: blog", "Async: cart", "Async: shop"]
    assert host.git("diff", "--name-only", "main", "async-blog").split() == ["blog/models.py"]
    cart = host.git("show", "async-cart:cart/models.py").splitlines()
    assert [line[4:7] for line in cart] == ["new", "new", "old"], "what shop is needed for comes with shop"
    assert host.git("merge-base", "async-cart", "async-shop") == host.git("rev-parse", "async-cart")
    assert "old(" not in host.git("show", "async-shop:cart/models.py")
    assert "1 edit in 1 group" in host.pulls[0]["body"] and "2 edits in 1 group" in host.pulls[1]["body"]
    assert not host.git("rev-parse", "--verify", "refs/heads/async")
    host.requests.clear()
    done = pr("--forge", "github", "--split", "app")
    assert (done.returncode, host.writes()) == (0, []), "nothing has changed"


def test_by_owner(pr: Cli, apps: Path, host: Host) -> None:
    done = pr("--forge", "github", "--split", "owner")
    assert done.returncode == 0, done.stderr
    assert opened(host) == {
        "async-ada-bob": "main", "async-everyone": "async-ada-bob", "async-team-blog": "main",
    }  # fmt: skip


def test_by_codemod(pr: Cli, apps: Path, host: Host) -> None:
    done = pr("--forge", "gitlab", "--split", "codemod", GITLAB_HOST=host.address)
    assert done.returncode == 0, done.stderr
    assert opened(host) == {"async-alpha": "main", "async-zeta": "async-alpha"}
    assert (
        host.git("diff", "main", "async-alpha").count("\n+") - host.git("diff", "main", "async-alpha").count("\n++")
        == 4
    )


def test_when_a_part_is_merged_the_one_on_it_goes_down(pr: Cli, apps: Path, host: Host, git: Git) -> None:
    pr("--forge", "github", "--split", "app")
    host.git("update-ref", "refs/heads/main", "async-cart")
    next(one for one in host.pulls if one["head"] == "async-cart").update(state="closed", merged=True)
    done = pr("--forge", "github", "--split", "app")
    assert done.returncode == 0, done.stderr
    assert opened(host) == {"async-blog": "main", "async-shop": "main"}
    assert len(host.pulls) == 3
    assert host.git("merge-base", "main", "async-shop") == host.git("rev-parse", "main")


def test_a_part_that_is_no_more_is_closed(pr: Cli, apps: Path, host: Host, git: Git) -> None:
    pr("--forge", "github", "--split", "app")
    (apps / "blog/models.py").write_text("b = 1\n")
    push(git, "no blog")
    done = pr("--forge", "github", "--split", "app")
    assert done.returncode == 0, done.stderr
    assert opened(host) == {"async-cart": "main", "async-shop": "async-cart"}
    closed = next(one for one in host.pulls if one["head"] == "async-blog")
    assert closed["comments"] == ["Nothing is left to change here: amigrate closes this."]


def people(git: Git, bare: Path, tmp_path: Path, branch: str, path: str, text: str) -> str:
    """A commit of somebody on a branch of the host."""
    clone = tmp_path / f"people-{branch}"
    git("clone", "--quiet", "--branch", branch, bare, clone)
    (clone / path).write_text(text)
    git("commit", "--quiet", "-am", "by hand", cwd=clone)
    git("push", "--quiet", "origin", branch, cwd=clone)
    return git("rev-parse", "HEAD", cwd=clone).strip()


def test_what_people_changed_below_is_not_written_over(
    pr: Cli, apps: Path, host: Host, git: Git, bare: Path, tmp_path: Path
) -> None:
    pr("--forge", "github", "--split", "app")
    above = host.git("rev-parse", "async-shop")
    below = people(git, bare, tmp_path, "async-cart", "cart/models.py", "by = 'hand'\n")
    done = pr("--forge", "github", "--split", "app")
    assert done.returncode == 3
    assert "cart/models.py: somebody changed it on async-cart" in done.stderr and "merge that first" in done.stderr
    assert (host.git("rev-parse", "async-cart"), host.git("rev-parse", "async-shop")) == (below, above)


def test_a_part_that_is_no_more_but_has_commits_of_people_stays_open(
    pr: Cli, apps: Path, host: Host, git: Git, bare: Path, tmp_path: Path
) -> None:
    pr("--forge", "github", "--split", "app")
    people(git, bare, tmp_path, "async-blog", "blog/models.py", "by = 'hand'\n")
    (apps / "blog/models.py").write_text("b = 1\n")
    push(git, "no blog")
    done = pr("--forge", "github", "--split", "app")
    assert done.returncode == 3 and "Ada: by hand" in done.stderr
    assert opened(host) == {"async-blog": "main", "async-cart": "main", "async-shop": "async-cart"}


def test_one_that_fails_keeps_only_those_on_it(pr: Cli, apps: Path, host: Host, git: Git, bare: Path) -> None:
    hook = bare / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in *cart) echo no carts >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    done = pr("--forge", "github", "--split", "app")
    assert done.returncode == 3
    assert "no carts" in done.stderr and "async-shop: waits for the one below it" in done.stderr
    assert opened(host) == {"async-blog": "main"}
    hook.unlink()
    assert pr("--forge", "github", "--split", "app").returncode == 0
    assert opened(host) == {"async-blog": "main", "async-cart": "main", "async-shop": "async-cart"}


def test_without_codeowners(pr: Cli, host: Host) -> None:
    done = pr("--forge", "github", "--split", "owner")
    assert (
        done.returncode == 2 and "--split owner: there is no CODEOWNERS; looked for .github/CODEOWNERS" in done.stderr
    )


CODEOWNERS = """
# the last one that matches
*           @global
*.js        @js  # with a comment
/apps/      @apps-team
/apps/github
docs/*      docs@example.com
!/apps/x    @nobody
"""
SECTIONS = """
* @default
[Backend][2] @back
shop/
shop/special/ @special
^[Docs] @writers
*.md
"""


@pytest.mark.parametrize(
    ("text", "path", "owners"),
    [
        (CODEOWNERS, "setup.py", "@global"),
        (CODEOWNERS, "web/a.js", "@js"),
        (CODEOWNERS, "apps/shop/views.py", "@apps-team"),
        (CODEOWNERS, "apps/x/views.py", "@apps-team"),
        (CODEOWNERS, "apps/github/views.py", "nobody"),
        (CODEOWNERS, "docs/a.py", "docs@example.com"),
        (CODEOWNERS, "docs/deep/a.py", "@global"),
        (SECTIONS, "a.py", "@default"),
        (SECTIONS, "shop/a.py", "@default @back"),
        (SECTIONS, "shop/special/a.py", "@default @special"),
        (SECTIONS, "shop/a.md", "@default @back @writers"),
        ("", "a.py", "nobody"),
    ],
)
def test_owners(text: str, path: str, owners: str) -> None:
    assert owner_of(text)(path) == owners

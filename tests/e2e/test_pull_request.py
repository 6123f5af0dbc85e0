"""The whole way on a project that nobody here wrote: from the preview to a pull request, and on until it is closed."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amigrate.fingerprint import result_of
from amigrate.review.decisions import Decision, Verdict, dump
from tests.conftest import Amigrate
from tests.forges.server import TOKEN, Host, serving

OPTIONS = ("--no-pyrefly", "--django", "5.2")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-binary", "django-todo", "django-todo==2.7.0"], cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as tar:
        tar.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


class Project:
    """A clone of the project, with its remote."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree

    def git(self, *arguments: str | Path) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str) -> None:
        """All of it, here and on the remote's main."""
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "-m", message)
        self.git("push", "--quiet", str(self.tree.parent / "host/team/todo.git"), "HEAD:main")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    with serving(tmp_path / "host") as host:
        monkeypatch.setenv("GH_HOST", host.address)
        monkeypatch.setenv("GH_ENTERPRISE_TOKEN", TOKEN)
        yield host


@pytest.fixture
def project(sdist: Path, host: Host, tmp_path: Path) -> Project:
    subprocess.run(["cp", "-r", sdist, tmp_path / "todo"], check=True)
    bare = tmp_path / "host/team/todo.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
    subprocess.run(["git", "-C", bare, "config", "http.receivepack", "true"], check=True)
    project = Project(tmp_path / "todo")
    project.git("init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        project.git("config", name, value)
    project.git("remote", "add", "origin", f"{host.url}/team/todo.git")
    project.commit("Upstream release")
    return project


def decide(report: Path, target: Path, rejected: set[str]) -> None:
    """A file of decisions on all edits of a report: on those of the groups `rejected`, and for the rest."""
    edits = [(file["path"], edit) for file in json.loads(report.read_bytes())["files"] for edit in file["edits"]]
    target.write_bytes(dump(_decision(path, edit, rejected) for path, edit in edits))


def _decision(path: str, edit: dict[str, Any], rejected: set[str]) -> Decision:
    verdict = Verdict.REJECTED if edit["group"] in rejected else Verdict.ACCEPTED
    result = result_of(edit["after"], path)
    return Decision(edit["id"], verdict, edit["codemod"], edit["symbol"], edit["before"], result)


@pytest.mark.e2e
@pytest.mark.network
def test_from_preview_to_a_closed_pull_request(
    project: Project, host: Host, amigrate: Amigrate, tmp_path: Path
) -> None:
    report, decisions = tmp_path / "report.json", tmp_path / "decisions.toml"
    pr = ("pr", project.tree, *OPTIONS, "--branch", "async", "--decisions", decisions)

    previewed = amigrate("preview", project.tree, *OPTIONS, "--json", report)
    assert previewed.returncode == 0, previewed.stderr
    groups = {edit["group"] for file in json.loads(report.read_bytes())["files"] for edit in file["edits"]}
    rejected = min(groups)
    decide(report, decisions, {rejected})

    applied = amigrate("apply", project.tree, *OPTIONS, "--branch", "async", "--decisions", decisions)
    assert applied.returncode == 0, applied.stderr
    built = project.git("rev-parse", "async")

    opened = amigrate(*pr, "--label", "async", "--reviewer", "ada")
    assert opened.returncode == 0, opened.stderr
    (request,) = host.pulls
    assert (request["state"], request["labels"], request["reviewers"]) == ("open", ["async"], ["ada"])
    assert host.git("rev-parse", "async", path="team/todo") == built, "what apply made is what is pushed"
    assert f"in {len(groups) - 1} groups" in request["body"] and "it was rejected in a review" in request["body"]
    request["body"] = f"For the release in May.\n\n{request['body']}"

    views = next(path for path in sorted((project.tree / "todo/views").glob("*.py")) if touched(project, path))
    views.write_text(f"# main has moved\n{views.read_text()}")
    project.commit("main moves")
    updated = amigrate(*pr)
    assert updated.returncode == 0, updated.stderr
    assert len(host.pulls) == 1 and request["state"] == "open" and f"Updated: {host.url}" in updated.stdout
    assert request["body"].startswith("For the release in May.\n")
    moved = host.git("rev-parse", "async", path="team/todo")
    assert moved != built
    assert host.git("merge-base", "main", "async", path="team/todo") == project.git("rev-parse", "main")
    name = views.relative_to(project.tree)
    assert host.git("show", f"async:{name}", path="team/todo").startswith("# main has moved\n")
    assert not project.git("status", "--porcelain") and project.git("branch", "--show-current") == "main"
    project.git("fsck")

    decide(report, decisions, groups)
    closed = amigrate(*pr)
    assert closed.returncode == 0, closed.stderr
    assert request["state"] == "closed" and len(request["comments"]) == 1 and len(host.pulls) == 1
    assert host.git("rev-parse", "async", path="team/todo") == moved


def touched(project: Project, path: Path) -> bool:
    return str(path.relative_to(project.tree)) in project.git("diff", "--name-only", "main", "async").split()


@pytest.mark.e2e
@pytest.mark.network
def test_parts_pass_alone_and_are_together_the_whole(
    project: Project, host: Host, amigrate: Amigrate, tmp_path: Path
) -> None:
    (project.tree / "CODEOWNERS").write_text("* @ada\n/todo/views/ @team/views\n/todo/views/list_*.py @bob\n")
    project.commit("owners")
    whole = amigrate("apply", project.tree, *OPTIONS, "--branch", "whole")
    assert whole.returncode == 0, whole.stderr
    split = amigrate("pr", project.tree, *OPTIONS, "--branch", "async", "--split", "owner")
    assert split.returncode == 0, split.stderr
    heads = {one["head"]: one["base"] for one in host.pulls}
    assert len(heads) >= 2 and set(heads.values()) <= {"main", *heads}
    project.git("fetch", "--quiet", str(host.bare("team/todo")), "+refs/heads/async-*:refs/remotes/origin/async-*")
    for head in heads:
        project.git("checkout", "--quiet", "--detach", f"origin/{head}")
        again = amigrate("preview", project.tree, *OPTIONS, "--json", tmp_path / "alone.json")
        assert again.returncode == 0, f"{head}: {again.stderr}"
        subprocess.run([sys.executable, "-m", "compileall", "-q", "todo"], cwd=project.tree, check=True)
    project.git("checkout", "--quiet", "--detach", "main")
    for head in heads:
        project.git("merge", "--quiet", "-m", head, f"origin/{head}")
    assert project.git("diff", "whole", "HEAD", "--", "todo") == ""

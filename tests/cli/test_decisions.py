"""`preview` and `apply` with decisions: what is made, what is named as left, and files that are wrong."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from subprocess import CompletedProcess

import pytest

from amigrate.review.decisions import Decision, Verdict, dump

Cli = Callable[..., CompletedProcess[str]]
G1, G2 = ("shop/views.py:2",), ("shop/forms.py:1", "shop/views.py:4")  # ids of the toy engine's edits


def written(path: Path, *decisions: tuple[str, Verdict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dump(Decision(one, verdict, "zeta", "toy.g", "old(1)") for one, verdict in decisions))
    return path


def test_only_what_is_accepted_is_made_and_the_rest_is_named(cli: Cli, project: Path, tmp_path: Path) -> None:
    chosen = written(tmp_path / "d.toml", *((one, Verdict.ACCEPTED) for one in G1), (G2[0], Verdict.REJECTED))
    done = cli("apply", project, "--in-place", "--decisions", chosen)
    assert done.returncode == 0, done.stderr
    assert (
        project / "shop/views.py"
    ).read_bytes() == b"import this\na = new(1)  # g1 zeta\nkeep = 2\nb = old(2)  # g2 alpha\n"
    assert b"old(3)" in (project / "shop/forms.py").read_bytes()
    assert "1 it was rejected in a review" in done.stdout
    assert "Note: of 3 hunks 1 are accepted, 1 rejected, 1 fall with these, 0 are undecided" in done.stdout


def test_half_a_group_is_not_made(cli: Cli, project: Path, tmp_path: Path) -> None:
    chosen = written(tmp_path / "d.toml", (G2[0], Verdict.ACCEPTED))
    done = cli("preview", project, "--decisions", chosen)
    assert "new(" not in done.stdout
    assert "2 nobody has decided on it yet" in done.stdout
    assert "new(3)" in cli("preview", project, "--decisions", chosen, "--accept", "review").stdout


def test_the_projects_own_decisions_are_used_unless_told_otherwise(cli: Cli, project: Path) -> None:
    written(project / ".amigrate/decisions.toml", *((one, Verdict.ACCEPTED) for one in G1))
    assert cli("preview", project, "--patch", "-").stdout.count("\n+") - 1 == 1
    assert cli("preview", project, "--patch", "-", "--no-decisions").stdout.count("\n+") - 2 == 3
    done = cli("preview", project, "--no-decisions", "--decisions", "x.toml")
    assert (done.returncode, done.stderr) == (2, "amigrate: give either --decisions FILE or --no-decisions\n")


def test_accept_safe_leaves_what_nobody_is_sure_of(cli: Cli, project: Path) -> None:
    done = cli("apply", project, "--in-place", "--accept", "safe")
    assert b"new(1)" in (project / "shop/views.py").read_bytes()
    assert b"old(2)" in (project / "shop/views.py").read_bytes()
    assert "nobody has decided on it yet" in done.stdout
    assert "Note:" not in done.stdout


def test_stale_decisions_are_listed_in_text_and_json(cli: Cli, project: Path, tmp_path: Path) -> None:
    chosen = written(tmp_path / "d.toml", ("gone", Verdict.ACCEPTED))
    done = cli("preview", project, "--decisions", chosen, "--stat")
    stale = "stale decision, there is no such edit any more: accepted zeta in toy.g: old(1)"
    assert f"Note: {stale}" in " ".join(done.stdout.split())
    report = json.loads(cli("preview", project, "--decisions", chosen, "--json", "-").stdout)
    assert stale in report["notes"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"x = ", "Invalid value"), (b"", "no decisions of this amigrate"), (None, "No such file or directory")],
)
def test_a_file_that_cannot_be_used_ends_the_run_before_it_begins(
    cli: Cli, project: Path, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "d.toml").write_bytes(content)
    done = cli("apply", project, "--in-place", "--decisions", tmp_path / "d.toml")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert b"old(1)" in (project / "shop/views.py").read_bytes()


def test_decisions_behind_a_link_are_not_followed(cli: Cli, project: Path, tmp_path: Path) -> None:
    written(tmp_path / "elsewhere/decisions.toml", ("x", Verdict.ACCEPTED))
    (project / ".amigrate").symlink_to(tmp_path / "elsewhere")
    done = cli("preview", project)
    assert done.returncode == 2
    assert "symbolic link" in done.stderr


def test_decisions_that_are_not_committed_make_no_dirty_tree(
    cli: Cli, repository: Path, git: Callable[..., str]
) -> None:
    path = written(repository / ".amigrate/decisions.toml", (G2[0], Verdict.REJECTED))
    git("add", "-A")
    git("commit", "-qm", "decisions")
    written(path, *((one, Verdict.ACCEPTED) for one in G1))
    assert cli("apply", repository, "--in-place").returncode == 0
    assert b"new(1)" in (repository / "shop/views.py").read_bytes()
    assert tomllib.loads(path.read_text())["edits"][0]["verdict"] == "accepted"


@pytest.mark.parametrize("options", [[], ["--accept", "safe"], ["--accept", "review"]])
def test_apply_writes_what_preview_shows(cli: Cli, project: Path, tmp_path: Path, options: list[str]) -> None:
    chosen = written(tmp_path / "d.toml", (G2[0], Verdict.ACCEPTED), (G2[1], Verdict.ACCEPTED))
    shown = copytree(project, tmp_path / "shown")
    patch = cli("preview", project, "--decisions", chosen, *options, "--patch", tmp_path / "p.patch")
    assert patch.returncode == 0
    subprocess.run(["git", "init", "-q"], cwd=shown, check=True)
    subprocess.run(["git", "apply", tmp_path / "p.patch"], cwd=shown, check=True)
    assert cli("apply", project, "--in-place", "--decisions", chosen, *options).returncode == 0
    for path in (project / "shop").iterdir():
        assert path.read_bytes() == (shown / "shop" / path.name).read_bytes()
    assert b"new(2)" in (project / "shop/views.py").read_bytes()

"""`preview`: what is shown, what is written nowhere, exit codes, and hostile content."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from unidiff.patch import PatchSet

Cli = Callable[..., CompletedProcess[str]]
Environment = Callable[..., dict[str, str]]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_shows_each_change_under_its_reason_and_writes_nothing(cli: Cli, project: Path) -> None:
    before = tree(project)
    done = cli("preview", project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "shop/forms.py  1 edit\n"
        "  alpha 1\n"
        "@@ -1,2 +1,2 @@ toy.g2\n"
        "  line 1, alpha: alpha wants new [review]\n"
        "-c = old(3)  # g2 alpha\n"
        "+c = new(3)  # g2 alpha\n"
        " d = 4  (no newline at end of file)\n"
        "\n"
        "shop/views.py  2 edits\n"
        "  zeta 1, alpha 1\n"
        "@@ -1,4 +1,4 @@ toy.g1\n"
        " import this\n"
        "  line 2, zeta: zeta wants new\n"
        "-a = old(1)  # g1 zeta\n"
        "+a = new(1)  # g1 zeta\n"
        " keep = 2\n"
        "  line 4, alpha: alpha wants new [review]\n"
        "-b = old(2)  # g2 alpha\n"
        "+b = new(2)  # g2 alpha\n"
        "\n"
        "Left alone: 1 place\n"
        "    1 transaction.atomic has no async form\n"
        "      → do it by hand\n"
        "      shop/other.py:2 toy.symbol\n"
        "2 files would change: 3 edits in 2 groups, 2 functions async\n"
        "3 files read in 0.2 s (Django 5.2, Python 3.12)\n"
    )
    assert tree(project) == before


def test_check_tells_by_its_exit_code(cli: Cli, project: Path, tmp_path: Path) -> None:
    assert cli("preview", project, "--check").returncode == 1
    (tmp_path / "done").mkdir()
    done = cli("preview", tmp_path / "done", "--check")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing to change.")


def test_failures_are_named_on_stderr_and_the_rest_is_done(cli: Cli, project: Path) -> None:
    (project / "broken.py").write_text("# fail SyntaxError: invalid syntax (line 1)\n")
    done = cli("preview", project, "--check")
    assert done.returncode == 3
    assert done.stderr == "failed: broken.py: SyntaxError: invalid syntax (line 1)\n"
    assert "+a = new(1)" in done.stdout


def test_stat_has_a_line_for_each_file_and_no_diff(cli: Cli, project: Path) -> None:
    lines = cli("preview", project, "--stat").stdout.splitlines()
    assert lines[:2] == ["    +1    -1     1 edit  shop/forms.py", "    +2    -2    2 edits  shop/views.py"]
    assert not any(line.startswith("@@") for line in lines)
    assert lines[2:4] == ["     2 edits in   2 files  alpha [2 to review]", "      1 edit in    1 file  zeta"]


def test_json_on_stdout_is_all_there_is(cli: Cli, project: Path) -> None:
    report = json.loads(cli("preview", project, "--json", "-").stdout)
    assert [file["path"] for file in report["files"]] == ["shop/forms.py", "shop/views.py"]


def test_the_patch_on_stdout_applies(cli: Cli, project: Path) -> None:
    done = cli("preview", project, "--patch", "-")
    assert len(PatchSet(done.stdout)) == 2
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    (project.parent / "x.patch").write_bytes(b"")
    assert cli("preview", project, "--patch", project.parent / "x.patch").returncode == 0
    subprocess.run(["git", "apply", project.parent / "x.patch"], cwd=project, check=True)
    assert (project / "shop/forms.py").read_bytes() == b"c = new(3)  # g2 alpha\r\nd = 4"


def test_reports_go_to_files_beside_the_display(cli: Cli, project: Path, tmp_path: Path) -> None:
    done = cli("preview", project, "--json", tmp_path / "r.json", "--patch", tmp_path / "p.patch")
    assert "2 files would change" in done.stdout
    assert json.loads((tmp_path / "r.json").read_bytes())["summary"]["edits"] == 3
    assert b"+a = new(1)" in (tmp_path / "p.patch").read_bytes()


def test_two_reports_cannot_share_stdout(cli: Cli, project: Path) -> None:
    done = cli("preview", project, "--json", "-", "--patch", "-")
    assert done.returncode == 2
    assert "both want stdout" in done.stderr


def test_a_report_that_cannot_be_written_names_its_file(cli: Cli, project: Path, tmp_path: Path) -> None:
    done = cli("preview", project, "--json", tmp_path / "no/such/r.json")
    assert done.returncode == 2
    assert "no/such/r.json: No such file or directory" in done.stderr


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_path_that_is_no_folder_is_a_usage_error(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    done = cli("preview", tmp_path / name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"amigrate: {tmp_path / name}: ")
    assert "Traceback" not in done.stderr


def test_hostile_code_and_names_cannot_steer_the_terminal(cli: Cli, project: Path) -> None:
    hostile = "x = old(1)  # g1 zeta\nk = '\x1b]0;owned\x07 \u202e evil [bold red]'\r# refuse \x1b[2J\n"
    (project / "bad\x1b[31m\nname.py").write_text(hostile)
    (project / "fail\x9b.py").write_text("# fail \x1b[2J\u2066\n")
    done = cli("preview", project, FORCE_COLOR="")
    shown = done.stdout + done.stderr
    assert not any(character in shown for character in "\x1b\x07\x9b\u202e\u2066\r")
    assert "bad\\x1b[31m\\x0aname.py" in shown
    assert "\\x1b]0;owned\\x07 \\u202e evil [bold red]" in shown
    assert "failed: fail\\x9b.py: \\x1b[2J\\u2066" in shown


def test_file_names_of_any_bytes_are_shown(cli: Cli, project: Path) -> None:
    (project / os.fsdecode(b"\xff.py")).write_text("x = old(1)  # g1 zeta\n")
    done = cli("preview", project, "--stat")
    assert done.returncode == 0
    assert "\\xff.py" in done.stdout


def test_colours_are_asked_for_or_left_out(cli: Cli, project: Path) -> None:
    assert "\x1b[" not in cli("preview", project).stdout
    coloured = cli("preview", project, FORCE_COLOR="1").stdout
    assert "\x1b[31m-a = \x1b[0m\x1b[1;7;31mold" in coloured
    assert "\x1b[31m" not in cli("preview", project, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_code_is_never_folded_and_prose_is(cli: Cli, project: Path) -> None:
    (project / "long.py").write_text(f"x = old('{'y' * 300}')  # g1 zeta\n")
    (project / "prose.py").write_text(f"# refuse {'some words ' * 20}\n")
    lines = cli("preview", project, COLUMNS="60").stdout.splitlines()
    assert any(line.startswith("+x = new('yyy") and len(line) > 300 for line in lines)
    assert [line for line in lines if len(line) > 60 and not line.startswith(("-x", "+x"))] == []


def test_a_terminal_that_lacks_a_character_gets_an_escape(cli: Cli, project: Path) -> None:
    done = cli("preview", project, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u2192 do it by hand" in done.stdout


def test_a_closed_pipe_is_silent(project: Path, command: list[str], env: dict[str, str]) -> None:
    (project / "big.py").write_text("".join(f"x = old({at})  # g1 zeta\n" for at in range(5_000)))
    for arguments in (["preview", str(project)], ["preview", str(project), "--patch", "-"]):
        running = subprocess.Popen([*command, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert running.stdout and running.stderr
        running.stdout.read(100)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) == 0


def test_a_full_disk_on_stdout_is_one_line(project: Path, command: list[str], env: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*command, "preview", project], env=env, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3
    assert done.stderr == b"amigrate: [Errno 28] No space left on device\n"


def test_progress_is_drawn_on_a_terminal_only(project: Path, command: list[str], env: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*command, "preview", project], env={**env, "TERM": "xterm", "TOY_SLEEP": "0.5"}, stderr=theirs, check=False,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(theirs)
    drawn = os.read(ours, 65536)
    os.close(ours)
    assert b"toy" in drawn
    assert b"toy " not in done.stdout
    assert done.returncode == 0


def test_the_module_runs_too(env: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "amigrate_cli", "--version"], env=env, capture_output=True, check=True)
    assert done.stdout.startswith(b"amigrate 0.")


def test_every_report_is_written_where_it_is_wanted(cli: Cli, project: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("sarif", "markdown", "annotations")}
    options = [f"--{name}={file}" for name, file in files.items()]
    assert cli("preview", project, *options, "--patches", tmp_path / "patches").returncode == 0
    assert json.loads(files["sarif"].read_bytes())["runs"][0]["tool"]["driver"]["name"] == "amigrate"
    assert files["markdown"].read_text().startswith("# Migration to async")
    assert files["annotations"].read_text().startswith("::warning file=shop/forms.py,line=1,")
    names = sorted(
        path.relative_to(tmp_path / "patches").as_posix() for path in (tmp_path / "patches").rglob("*.patch")
    )
    assert names == [
        "files/001-shop_forms.py.patch", "files/002-shop_views.py.patch", "groups/001-g1.patch", "groups/002-g2.patch",
    ]  # fmt: skip
    done = cli("preview", project, "--sarif", "-", "--markdown", "-")
    assert (done.returncode, "--sarif and --markdown both want stdout" in done.stderr) == (2, True)


def test_a_github_job_gets_the_summary_on_its_page(cli: Cli, project: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n")
    assert cli("preview", project, GITHUB_STEP_SUMMARY=str(page)).returncode == 0
    assert page.read_text().startswith("before\n# Migration to async")

"""`apply --in-place` and its undo: all or nothing, in and outside git."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]

VIEWS = b"import this\na = new(1)  # g1 zeta\nkeep = 2\nb = new(2)  # g2 alpha\n"
FORMS = b"c = new(3)  # g2 alpha\r\nd = 4"


def sources(folder: Path) -> dict[str, bytes]:
    """All files but those of amigrate's cache and of git."""
    found = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in found}
    return {
        name: path.read_bytes() for name, path in names.items() if not name.startswith((".amigrate_cache", ".git/"))
    }


def test_writes_what_preview_shows_and_undo_takes_it_back(cli: Cli, project: Path) -> None:
    before = sources(project)
    done = cli("apply", project, "--in-place")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 files changed: 3 edits in 2 groups" in done.stdout
    assert sources(project) == {**before, "shop/views.py": VIEWS, "shop/forms.py": FORMS}
    undone = cli("undo", project)
    assert (undone.returncode, undone.stdout) == (0, "2 files restored\n")
    assert sources(project) == before


def test_a_second_apply_changes_nothing_and_keeps_the_undo_of_the_first(cli: Cli, project: Path) -> None:
    before = sources(project)
    cli("apply", project, "--in-place")
    (project / "shop/views.py").write_bytes(VIEWS)
    again = cli("apply", project, "--in-place")
    assert again.returncode == 0
    assert "Nothing to change." in again.stdout
    assert cli("undo", project).returncode == 0
    assert sources(project) == before


def test_the_cache_folder_is_marked_as_such(cli: Cli, project: Path) -> None:
    cli("apply", project, "--in-place")
    assert (
        (project / ".amigrate_cache/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    )
    assert (project / ".amigrate_cache/.gitignore").read_text() == "*\n"


def test_mode_bits_stay(cli: Cli, project: Path) -> None:
    (project / "shop/views.py").chmod(0o751)
    cli("apply", project, "--in-place")
    assert (project / "shop/views.py").stat().st_mode & 0o7777 == 0o751
    cli("undo", project)
    assert (project / "shop/views.py").stat().st_mode & 0o7777 == 0o751


def test_exactly_one_way_to_apply(cli: Cli, project: Path) -> None:
    for arguments in ([], ["--in-place", "--branch", "x"]):
        done = cli("apply", project, *arguments)
        assert (done.returncode, done.stderr) == (2, "amigrate: give either --branch NAME or --in-place\n")


def test_a_file_that_changed_meanwhile_is_left_with_its_groups_and_the_rest_is_done(cli: Cli, project: Path) -> None:
    done = cli("apply", project, "--in-place", TOY_TOUCH="shop/forms.py")
    assert done.returncode == 3
    assert "failed: shop/forms.py: changed while amigrate was running" in done.stderr
    changed = sources(project)
    assert changed["shop/forms.py"] == b"c = old(3)  # g2 alpha\r\nd = 4# changed meanwhile\n"
    assert changed["shop/views.py"] == VIEWS.replace(b"new(2)", b"old(2)")
    assert cli("undo", project).returncode == 0
    assert b"old(1)" in (project / "shop/views.py").read_bytes()


def test_the_report_of_an_apply_tells_what_was_done(cli: Cli, project: Path) -> None:
    done = cli("apply", project, "--in-place", "--json", "-", TOY_TOUCH="shop/forms.py")
    report = json.loads(done.stdout)
    assert [one["path"] for one in report["files"]] == ["shop/views.py"]
    assert [one["path"] for one in report["failures"]] == ["shop/forms.py"]
    assert "1 file changed" in done.stderr


def test_undo_refuses_when_a_file_changed_since(cli: Cli, project: Path) -> None:
    cli("apply", project, "--in-place")
    (project / "shop/forms.py").write_bytes(b"mine\n")
    done = cli("undo", project)
    assert done.returncode == 2
    assert "shop/forms.py: changed since" in done.stderr
    assert (project / "shop/forms.py").read_bytes() == b"mine\n"
    assert (project / "shop/views.py").read_bytes() == VIEWS
    (project / "shop/forms.py").write_bytes(FORMS)
    assert cli("undo", project).returncode == 0


def test_undo_without_an_apply(cli: Cli, project: Path) -> None:
    done = cli("undo", project)
    assert done.returncode == 2
    assert "there is no apply to take back" in done.stderr


def test_undo_after_a_run_that_was_killed_restores_what_was_written(cli: Cli, project: Path) -> None:
    before = sources(project)
    cli("apply", project, "--in-place")
    (project / "shop/views.py").write_bytes(before["shop/views.py"])  # as if it had not come so far
    assert cli("undo", project).stdout == "1 file restored\n"
    assert sources(project) == before


@pytest.mark.parametrize("path", ["../outside.py", "/etc/outside.py", "link/outside.py"])
def test_a_forged_record_leads_nowhere(cli: Cli, project: Path, tmp_path: Path, path: str) -> None:
    cli("apply", project, "--in-place")
    (tmp_path / "outside.py").write_bytes(VIEWS)
    (project / "link").symlink_to(tmp_path)
    record = project / ".amigrate_cache/undo/undo.json"
    record.write_text(record.read_text().replace("shop/views.py", path))
    done = cli("undo", project)
    assert done.returncode == 2
    assert "outside the project" in done.stderr
    assert (tmp_path / "outside.py").read_bytes() == VIEWS


def test_a_symbolic_link_is_not_written_through(cli: Cli, project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_bytes(b"x = old(1)  # g9 zeta\n")
    (project / "link.py").symlink_to(tmp_path / "outside.py")
    done = cli("apply", project, "--in-place")
    assert done.returncode == 3
    assert "failed: link.py: is a symbolic link" in done.stderr
    assert (tmp_path / "outside.py").read_bytes() == b"x = old(1)  # g9 zeta\n"
    assert (project / "link.py").is_symlink()
    assert (project / "shop/views.py").read_bytes() == VIEWS


def test_a_cache_folder_that_is_a_link_is_not_used(cli: Cli, project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project / ".amigrate_cache").symlink_to(tmp_path / "elsewhere")
    before = sources(project)
    done = cli("apply", project, "--in-place")
    assert done.returncode == 3
    assert "is a symbolic link" in done.stderr
    assert "No file was changed" in done.stderr
    assert sources(project) == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_full_disk_leaves_every_file_as_it_was(project: Path, command: list[str], env: dict[str, str]) -> None:
    """A limit on the size of files stands for the full disk: the write itself fails, at the same place."""
    (project / "shop/zzz.py").write_bytes(b"x = old(1)  # g1 zeta\n" + b"# filler\n" * 20_000)
    before = sources(project)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = subprocess.run(
        [*command, "apply", project, "--in-place"], env=env, capture_output=True, check=False, preexec_fn=limit
    )
    assert done.returncode == 3
    assert (
        done.stderr == b"amigrate: shop/zzz.py: File too large; look at the file and run again\nNo file was changed\n"
    )
    assert sources(project) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_folder_that_may_not_be_written_is_named(cli: Cli, project: Path) -> None:
    before = sources(project)
    (project / "shop").chmod(0o555)
    try:
        done = cli("apply", project, "--in-place")
    finally:
        (project / "shop").chmod(0o755)
    assert done.returncode == 3
    assert "Permission denied; make it and its folder writable" in done.stderr
    assert sources(project) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_files_are_written_leaves_none_or_all(
    project: Path, command: list[str], env: dict[str, str], number: signal.Signals
) -> None:
    """The signal comes at a different moment each time."""
    for count in range(300):
        (project / f"m{count}.py").write_bytes(b"x = old(1)  # g1 zeta\n")
    before = sources(project)
    for delay in (0.0, 0.01, 0.03, 0.1, 0.3):
        running = subprocess.Popen(
            [*command, "apply", project, "--in-place"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        while running.poll() is None and not list(project.rglob(".amigrate-*.tmp")):
            time.sleep(0.001)
        time.sleep(delay)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
        assert b"Traceback" not in said
        if running.returncode == 130:
            assert said == b"amigrate: interrupted; no file was changed\n"
            assert sources(project) == before
        else:  # it came after the last file
            assert running.returncode in (0, -number)
            assert b"old(1)" not in b"".join(sources(project).values())
            subprocess.run([*command, "undo", project], env=env, check=True, capture_output=True)
        assert sources(project) == before


def test_ctrl_c_while_thinking_is_one_line(project: Path, command: list[str], env: dict[str, str]) -> None:
    before = sources(project)
    slow = {**env, "TOY_SLEEP": "30", "TOY_ECHO": "1", "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        [*command, "apply", project, "--in-place"], env=slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, b"amigrate: interrupted\n")
    assert sources(project) == before


def test_a_dirty_tree_is_refused_with_its_files(cli: Cli, repository: Path) -> None:
    (repository / "shop/other.py").write_text("# edited\n")
    before = sources(repository)
    done = cli("apply", repository, "--in-place")
    assert done.returncode == 2
    assert done.stderr == (
        "amigrate: uncommitted changes in shop/other.py; commit or stash them, or give --allow-dirty\n"
    )
    assert sources(repository) == before
    assert cli("apply", repository, "--in-place", "--allow-dirty").returncode == 0
    assert (repository / "shop/views.py").read_bytes() == VIEWS
    assert (repository / "shop/other.py").read_text() == "# edited\n"


def test_staged_changes_are_dirty_and_untracked_files_are_not(cli: Cli, repository: Path, git: Git) -> None:
    (repository / "new file.py").write_text("")
    assert cli("apply", repository, "--in-place").returncode == 0
    assert cli("undo", repository).returncode == 0
    git("add", "new file.py")
    done = cli("apply", repository, "--in-place")
    assert done.returncode == 2
    assert "uncommitted changes in new file.py" in done.stderr


def test_in_git_the_record_lies_in_the_git_directory(cli: Cli, repository: Path, git: Git) -> None:
    cli("apply", repository, "--in-place")
    assert not (repository / ".amigrate_cache").exists()
    assert (repository / ".git/amigrate/undo.json").exists()
    assert git("status", "--porcelain").split() == ["M", "shop/forms.py", "M", "shop/views.py"]
    assert cli("undo", repository).returncode == 0
    assert git("status", "--porcelain") == ""
    assert not (repository / ".git/amigrate/undo.json").exists()


def test_undo_works_from_any_folder_of_the_repository(cli: Cli, repository: Path, git: Git) -> None:
    cli("apply", repository / "shop", "--in-place")
    assert cli("undo", repository).stdout == "2 files restored\n"
    assert git("status", "--porcelain") == ""


def test_a_repository_without_a_commit_can_be_changed_in_place(cli: Cli, project: Path, git: Git) -> None:
    git("init", "--quiet")
    assert cli("apply", project, "--in-place").returncode == 0
    assert (project / "shop/views.py").read_bytes() == VIEWS


def test_without_git_installed_a_plain_folder_works(cli: Cli, project: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert cli("apply", project, "--in-place", PATH=str(tmp_path / "nothing")).returncode == 0
    (project / ".git").mkdir()
    done = cli("apply", project, "--in-place", PATH=str(tmp_path / "nothing"))
    assert done.returncode == 2
    assert "git is not installed" in done.stderr

"""`amigrate review` on a real terminal: tmux types the keys, the decisions are in the file, apply makes them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Cli = Callable[..., CompletedProcess[str]]


class Terminal:
    """A tmux session of its own with one program in it."""

    def __init__(self, folder: Path, line: list[str], env: dict[str, str]) -> None:
        self.socket = folder / "tmux"
        settings = [f"{name}={value}" for name, value in {**env, "TERM": "xterm-256color"}.items()]
        program = shlex.join(["env", "-i", *settings, *line])
        self.tmux("new-session", "-d", "-x", "130", "-y", "36", program)

    def tmux(self, *arguments: str) -> str:
        line = ["tmux", "-S", str(self.socket), "-f", os.devnull, *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=False).stdout

    def wait_for(self, text: str) -> str:
        """The screen, once it shows `text`."""
        for _ in range(300):
            screen = self.tmux("capture-pane", "-p")
            if text in screen:
                return screen
            time.sleep(0.1)
        raise AssertionError(f"no {text!r} in:\n{screen}")

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)


@pytest.fixture
def terminal(tmp_path: Path, command: list[str], env: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    opened: list[Terminal] = []

    def start(*arguments: str | Path) -> Terminal:
        opened.append(Terminal(tmp_path, [*command, *map(str, arguments)], {**os.environ, **env}))
        return opened[-1]

    yield start
    for one in opened:
        one.tmux("kill-server")


def test_keys_decide_and_apply_makes_what_was_accepted(
    cli: Cli, project: Path, terminal: Callable[..., Terminal]
) -> None:
    first = terminal("review", project)
    screen = first.wait_for("c = old(3)")
    assert "3 undecided of 3" in screen
    assert "shop/forms.py  0/1" in screen
    first.keys("r")
    first.wait_for("With this hunk fall 1 other in 1 file")
    first.keys("Enter")
    first.wait_for("1 rejected")
    first.keys("q")
    time.sleep(0.2)
    again = terminal("review", project)
    again.wait_for("1 undecided of 3")
    again.wait_for("a = old(1)")
    again.keys("a")
    again.wait_for("1 accepted")
    again.keys("q")
    for _ in range(50):
        entries = tomllib.loads((project / ".amigrate/decisions.toml").read_text())["edits"]
        if len(entries) == 2:
            break
        time.sleep(0.1)
    assert {entry["id"]: entry["verdict"] for entry in entries} == {
        "shop/forms.py:1": "rejected",
        "shop/views.py:2": "accepted",
    }
    assert cli("apply", project, "--in-place").returncode == 0
    assert b"a = new(1)" in (project / "shop/views.py").read_bytes()
    assert b"old(3)" in (project / "shop/forms.py").read_bytes()


def test_without_a_terminal_there_is_one_line_that_says_so(cli: Cli, project: Path) -> None:
    done = cli("review", project)
    assert done.returncode == 2
    assert done.stderr.startswith("amigrate: review needs a terminal")


def test_other_commands_do_not_load_textual(project: Path, command: list[str], env: dict[str, str]) -> None:
    line = [command[0], "-X", "importtime", *command[1:], "preview", str(project)]
    done = subprocess.run(line, env=env, capture_output=True, text=True, check=True)
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert "amigrate_cli.render.summary" in loaded  # it has run
    assert [name for name in loaded if name.partition(".")[0] in ("textual", "tomli_w", "pygments")] == []

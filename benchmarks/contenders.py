"""The commands that are measured. Each is run on a copy of a tree, in one process where it has the choice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Usage

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("django-upgrade==1.33.0", "ruff==0.17.6", "ast-grep-cli==0.51.1", "libcst==1.9.0")

Command = Callable[[Path, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One command. `command` gets the folder of the peers' programs and the Python files.

    `again` means that it runs on the copy that the one before it left, with whatever that has cached. Exit codes
    other than `codes` are failures. `limit_mb` leaves out larger trees, where it would take half an hour.
    """

    name: str
    command: Command
    again: bool = False
    codes: tuple[int, ...] = (0,)
    limit_mb: float = float("inf")

    def failure(self, usage: Usage) -> str:
        """What went wrong, or an empty string. A crash can hide behind an accepted exit code."""
        if usage.crashed:
            return "FAILED with a traceback"
        return "" if usage.code in self.codes else f"FAILED with exit code {usage.code}"


def install_peers(work: Path) -> Path:
    """The folder of the peers' programs, in a virtual environment of their own."""
    folder = work / "peers"
    stamp = folder / "installed"
    wanted = " ".join(REQUIREMENTS)
    if not (stamp.exists() and stamp.read_text() == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = (str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([*pip, *REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    return folder / "bin"


_OURS = tuple(ROOT / name for name in ("codemods", "cli"))


def compile_ours() -> None:
    """Compiles this working copy, as pip does with what it installs: the peers are compiled."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", *map(str, _OURS)], check=True)


def environment(cache_home: Path) -> dict[str, str]:
    """The environment of all: with this working copy's amigrate, and caches in a folder of ours."""
    return {"PYTHONPATH": os.pathsep.join(map(str, _OURS)), "AMIGRATE_CACHE_DIR": str(cache_home)}


def _amigrate(*arguments: str) -> Command:
    return lambda _peers, _files: [sys.executable, "-m", "amigrate_cli", *arguments, "--django", "5.2", "--jobs", "1"]


def _django_upgrade(peers: Path, files: Sequence[str]) -> list[str]:
    return [str(peers / "django-upgrade"), "--target-version", "5.2", "--exit-zero-even-if-changed", *files]


def _ruff(peers: Path, _files: Sequence[str]) -> list[str]:
    rules = "UP,DJ,SIM,F,I"
    return [str(peers / "ruff"), "check", "--fix", "--isolated", "--no-cache", "--exit-zero", "--select", rules, "."]


def _ast_grep(peers: Path, _files: Sequence[str]) -> list[str]:
    pattern, rewritten = "$A.objects.get($$$B)", "await $A.objects.aget($$$B)"
    return [str(peers / "ast-grep"), "run", "-l", "py", "-p", pattern, "-r", rewritten, "--update-all", "."]


def _libcst_tool(peers: Path, _files: Sequence[str]) -> list[str]:
    codemod = "convert_format_to_fstring.ConvertFormatStringCommand"
    return [str(peers / "python"), "-m", "libcst.tool", "codemod", codemod, ".", "--no-format", "-j", "1"]


CONTENDERS = (
    Contender("django-upgrade", _django_upgrade),
    Contender("ruff --fix", _ruff),
    Contender("ast-grep", _ast_grep),
    Contender("libcst.tool, one codemod", _libcst_tool, limit_mb=5),
    Contender("amigrate preview, no Pyrefly", _amigrate("preview", "--no-pyrefly"), codes=(0, 3)),
    Contender("amigrate preview, no Pyrefly, second run", _amigrate("preview", "--no-pyrefly"), True, codes=(0, 3)),
    Contender("amigrate apply, no Pyrefly", _amigrate("apply", "--in-place", "--no-pyrefly"), codes=(0, 3)),
    Contender("amigrate preview", _amigrate("preview"), codes=(0, 3)),
    Contender("amigrate preview, second run", _amigrate("preview"), True, codes=(0, 3)),
    Contender("amigrate apply", _amigrate("apply", "--in-place"), codes=(0, 3)),
)

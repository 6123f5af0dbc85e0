"""Help, `list`, `explain`, the configuration, and how fast the start is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from amigrate.config import load
from amigrate.pipeline import Options

Cli = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize("name", ["preview", "apply", "undo", "list", "explain"])
def test_each_command_has_help(cli: Cli, name: str) -> None:
    done = cli(name, "--help")
    assert done.returncode == 0
    assert "Usage: " in done.stdout
    assert name in cli("--help").stdout


def test_help_has_examples(cli: Cli) -> None:
    assert "\n    amigrate apply --branch async-views " in cli("--help").stdout
    assert "\n    amigrate preview --patch - | git apply\n" in cli("preview", "--help").stdout


def test_commands_of_later_are_not_there(cli: Cli) -> None:
    for command in ("review", "pr", "verify", "new-codemod"):
        assert cli(command).returncode == 2


def test_the_start_loads_nothing_heavy(env: dict[str, str]) -> None:
    code = "import sys, amigrate_cli.app; print(*{'libcst', 'git', 'rich', 'amigrate.pipeline'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("command", ["preview --by codemod --jobs 1 --only worthwhile", "apply --in-place", "audit"])
def test_plain_options_are_read_without_pydantic(command: str, env: dict[str, str]) -> None:
    code = (
        "import os, sys\nend = os._exit\ndef ended(code):\n print('pydantic' in sys.modules, flush=True)\n end(code)\n"
    )
    code += f"os._exit = ended\nsys.argv[1:] = {[*command.split(), 'nowhere']}\nimport amigrate_cli.app as app\n"
    done = subprocess.run([sys.executable, "-c", f"{code}app.main()"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "False\n")
    assert "nowhere: no such folder" in done.stderr


def test_list_shows_ids_and_summaries(cli: Cli) -> None:
    assert cli("list").stdout == "zeta   Zeta goes first.\nalpha  Alpha goes second.\n"
    assert cli("list", COLUMNS="20").stdout == "zeta   Zeta goes\n       first.\nalpha  Alpha goes\n       second.\n"


def test_explain_shows_what_is_known(cli: Cli) -> None:
    shown = cli("explain", "alpha").stdout
    assert "Because of its name." in shown
    assert "When not to use it\n  Never on Mondays." in shown
    assert "https://example.org/zeta" in cli("explain", "zeta").stdout


def test_explain_names_near_matches(cli: Cli) -> None:
    done = cli("explain", "alpa")
    assert (done.returncode, done.stderr) == (2, "amigrate: no codemod alpa; did you mean alpha?\n")
    assert "`amigrate list`" in cli("explain", "qqqq").stderr


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_unknown_codemods_are_refused_with_near_matches(cli: Cli, project: Path, option: str) -> None:
    done = cli("preview", project, option, "zeta,alpa")
    assert (done.returncode, done.stderr) == (2, "amigrate: no codemod alpa; did you mean alpha?\n")


def test_an_entry_point_that_is_none_is_a_usage_error(cli: Cli, project: Path) -> None:
    done = cli("preview", project, "--entry", "nonsense")
    assert (done.returncode, done.stderr) == (2, "amigrate: --entry nonsense: not MODULE:QUALNAME\n")


def options(cli: Cli, *arguments: str | Path) -> dict[str, object]:
    """The options that a run was given."""
    done = cli("preview", *arguments, TOY_ECHO="1")
    assert done.returncode == 0, done.stderr
    values: dict[str, object] = eval(done.stdout.partition("\n")[0])
    return values


def configure(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.amigrate]\n{text}")
    return path


ALL = """
select = ["zeta"]
ignore = ["alpha"]
django = "5.2"
python = "3.12"
jobs = 3
include = ["a/*"]
exclude = ["b/*"]
only = "worthwhile"
confidence = "safe"
helpers = "twin"
runtime = false
websockets = "channels"
entry = ["shop.views:*"]
codemods = ["tools.codemods.rename"]
pyrefly = false
cache = false
"""


def test_every_key_reaches_the_engine(cli: Cli, tmp_path: Path) -> None:
    configure(tmp_path / "p", ALL)
    assert options(cli, tmp_path / "p") == {
        "select": ("zeta",), "ignore": ("alpha",), "django": "5.2", "python": "3.12", "jobs": 3, "include": ("a/*",),
        "exclude": ("b/*",), "only_worthwhile": True, "confidence": "safe", "helpers": "twin", "runtime": False,
        "websockets": "channels", "entries": ("shop.views:*",),
        "codemods": ("tools.codemods.rename",), "pyrefly": False, "cache": False,
    }  # fmt: skip


def test_the_command_line_wins(cli: Cli, tmp_path: Path) -> None:
    configure(tmp_path / "p", ALL)
    given = options(
        cli, tmp_path / "p", "-s", "alpha,zeta", "-s", "alpha", "-i", "zeta", "--django", "4.2", "--python", "3.11",
        "--jobs", "1", "--include", "c", "--exclude", "d", "--confidence", "review", "--helpers", "bridge", "--runtime",
        "--websockets", "native", "--entry", "m:f", "--pyrefly", "--cache",
    )  # fmt: skip
    assert given == {
        "select": ("alpha", "zeta", "alpha"), "ignore": ("zeta",), "django": "4.2", "python": "3.11", "jobs": 1,
        "include": ("c",), "exclude": ("d",), "only_worthwhile": True, "confidence": "review", "helpers": "bridge",
        "runtime": True, "websockets": "native", "entries": ("m:f",),
        "codemods": ("tools.codemods.rename",), "pyrefly": True, "cache": True,
    }  # fmt: skip


def test_without_either_the_engine_has_its_defaults(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    given = options(cli, tmp_path / "p")
    assert given == {}


def test_the_engine_knows_every_option(tmp_path: Path) -> None:
    path = configure(tmp_path / "p", ALL)
    given = asdict(Options(**load(path)))
    assert all(given[field.name] != field.default for field in fields(Options))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selct = []", "unknown key `selct`; did you mean `select`?"),
        ("zzz = 1", "unknown key `zzz`; known are select, "),
        ('select = "zeta"', "`select` must be a list of strings, not 'zeta'"),
        ("select = [1]", "`select` must be a list of strings"),
        ("jobs = true", "`jobs` must be a whole number, 0 or more, not True"),
        ("jobs = -1", "`jobs` must be a whole number, 0 or more"),
        ('runtime = "no"', "`runtime` must be true or false"),
        ('confidence = "manual"', '`confidence` must be "safe" or "review", not \'manual\''),
        ("only = true", '`only` must be "worthwhile"'),
        ("django = 5.2", "`django` must be a string"),
        ("x = [", "cannot be read"),
    ],
)
def test_a_wrong_configuration_names_file_and_key(cli: Cli, tmp_path: Path, text: str, said: str) -> None:
    path = configure(tmp_path / "p", text)
    done = cli("preview", tmp_path / "p")
    assert done.returncode == 2
    assert done.stderr.startswith(f"amigrate: {path}: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_of_the_repository_holds_for_a_project_inside(cli: Cli, tmp_path: Path) -> None:
    configure(tmp_path / "repo", 'django = "4.2"')
    (tmp_path / "repo/backend").mkdir()
    assert options(cli, tmp_path / "repo/backend").get("django") is None  # outside a repository nothing above counts
    (tmp_path / "repo/.git").mkdir()
    assert options(cli, tmp_path / "repo/backend")["django"] == "4.2"
    (tmp_path / "repo/backend/pyproject.toml").write_text("[tool.other]\n")
    assert options(cli, tmp_path / "repo/backend")["django"] == "4.2"
    configure(tmp_path / "repo/backend", 'django = "5.2"')
    assert options(cli, tmp_path / "repo/backend")["django"] == "5.2"


def test_another_configuration_can_be_named(cli: Cli, tmp_path: Path) -> None:
    configure(tmp_path / "p", 'django = "4.2"')
    other = configure(tmp_path / "other", 'django = "5.1"')
    assert options(cli, tmp_path / "p", "--config", other)["django"] == "5.1"
    assert cli("preview", tmp_path / "p", "--config", tmp_path / "none").returncode == 2


@pytest.mark.parametrize("wrong", [["--confidence", "manual"], ["--jobs", "-1"], ["--only", "x"], ["--nonsense"]])
def test_wrong_options_are_usage_errors(cli: Cli, project: Path, wrong: list[str]) -> None:
    done = cli("preview", project, *wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr

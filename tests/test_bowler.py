"""A team's Bowler queries: preview, checks, groups, a branch; and the files that Bowler cannot parse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from amigrate.pipeline import only_groups
from tests.conftest import Amigrate
from tests.test_user_changes import NAMES, URLS, VIEWS, package
from tests.tree import change_set, texts, write, write_project

__all__ = ["package"]

QUERY = '''
"""old_name() is now new_name()"""

from bowler import Query

rename = Query().select_function("old_name").rename("new_name")
'''
NEWER = "from shop.names import old_name\n\n\ndef f(x):\n    match x:\n        case 1:\n            old_name(x)\n"


@pytest.fixture
def project(tmp_path: Path, package: str) -> Path:
    files = {
        "shop/views.py": VIEWS.format(codemod=f"{package}.codemods"),
        "shop/urls.py": URLS,
        "shop/names.py": NAMES,
        "shop/newer.py": NEWER,
        f"{package}/codemods.py": QUERY,
    }
    return write_project(tmp_path / "project", files)


def test_it_goes_through_ours(project: Path, package: str) -> None:
    name = f"{package}.codemods"
    changes = change_set(project, codemods=(name,))
    assert {group.id: group.lead for group in changes.groups} == {
        "shop.views.detail": "async-views",
        f"{name}:shop/names.py": name,
        f"{name}:shop/views.py": name,
    }
    views = texts(changes)["shop/views.py"]
    assert "return HttpResponse(new_name(book.title))" in views and "from shop.names import new_name" in views
    assert 'old_name("x"))  # amigrate: ignore' in views
    edits = [edit for edit in changes.edits if edit.codemod == name]
    assert {(edit.path, edit.line, edit.reason, edit.confidence) for edit in edits} == {
        ("shop/names.py", 1, "old_name() is now new_name()", "review"),
        ("shop/views.py", 5, "old_name() is now new_name()", "review"),
        ("shop/views.py", 10, "old_name() is now new_name()", "review"),
    }
    assert texts(only_groups(changes, frozenset({f"{name}:shop/names.py"}))) == {
        "shop/names.py": "def new_name(text):\n    return text\n"
    }


def test_files_that_bowler_cannot_parse_are_listed_and_left(project: Path, package: str) -> None:
    changes = change_set(project, codemods=(f"{package}.codemods",))
    (failure,) = changes.failures
    assert failure.path == "shop/newer.py" and "shop/newer.py" not in texts(changes)
    assert failure.reason.startswith(f"codemod {package}.codemods: Bowler cannot parse it: line 5: ")
    assert "the file is left as it was" in failure.reason


RENAME = '.select_function("old_name").rename("new_name")'
FORMS = {
    "a function": f'def codemods():\n    """Renames."""\n    return Query(){RENAME}\n',
    "paths": f'codemods = Query("shop/names.py"){RENAME}\n',
    "files": f'codemods = Query(filename_matcher=lambda f: "names" in f){RENAME}\n',
    "hunks": (
        f'codemods = Query(){RENAME}.process(lambda f, hunk: not any("import" in l for l in hunk) and "names" in f)\n'
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(project: Path, package: str, form: str) -> None:
    write(project, {f"{package}/codemods.py": f"from bowler import Query\n\n{FORMS[form]}"})
    changes = change_set(project, codemods=(f"{package}.codemods.codemods",), select=(f"{package}.codemods.codemods",))
    paths = ["shop/names.py", "shop/views.py"] if form == "a function" else ["shop/names.py"]
    assert list(texts(changes)) == paths
    assert texts(changes)["shop/names.py"] == "def new_name(text):\n    return text\n"
    reason = "Renames." if form == "a function" else f"the codemod {package}.codemods.codemods changes this"
    assert {edit.reason for edit in changes.edits} == {reason}


def test_bytes_around_are_kept(project: Path, package: str) -> None:
    write(project, {"shop/names.py": b"def old_name(text):\r\n\treturn  text   # \xc3\xa9\r\nold_name( 1 )"})
    changes = change_set(project, codemods=(f"{package}.codemods",))
    assert texts(changes)["shop/names.py"] == "def new_name(text):\r\n\treturn  text   # é\r\nnew_name( 1 )"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('Query(".").select_function("old_name").rename("x").write()\n', "a Query is not to be executed here"),
        ('def codemods():\n    return Query(".").select_root().diff()\n', "a Query is not to be executed here"),
        ("a = Query()\nb = Query()\n", "found a, b; name it"),
        ("def codemods():\n    return 3\n", "not a module, and in one not a VisitorBasedCodemodCommand"),
    ],
)
def test_what_is_refused(project: Path, package: str, code: str, said: str) -> None:
    write(project, {f"{package}/codemods.py": f"from bowler import Query\n\n{code}"})
    name = f"{package}.codemods.codemods" if "def codemods" in code else f"{package}.codemods"
    before = (project / "shop/names.py").read_bytes()
    with pytest.raises(ValueError, match=said):
        change_set(project, codemods=(name,))
    assert (project / "shop/names.py").read_bytes() == before


def test_without_bowler(project: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bowler", None)
    monkeypatch.delitem(sys.modules, "bowler.query", raising=False)
    with pytest.raises(ValueError, match=r"needs Bowler: pip install 'amigrate\[bowler\]'"):
        change_set(project, codemods=(f"{package}.codemods",))


def test_a_module_of_the_project_that_is_called_bowler_is_not_run(project: Path, package: str) -> None:
    write(project, {"bowler.py": "raise SystemExit('run')\n", f"{package}/codemods.py": "x = 1\n"})
    with pytest.raises(ValueError, match="found none; name it"):
        change_set(project, codemods=(f"{package}.codemods",))


def test_preview_and_branch(project: Path, package: str, amigrate: Amigrate) -> None:
    (project / "shop/newer.py").unlink()
    write(project, {"pyproject.toml": f'[tool.amigrate]\ndjango = "5.2"\ncodemods = ["{package}.codemods"]\n'})
    for command in ("init --quiet", "add -A", "-c user.name=A -c user.email=a@b commit --quiet -m start"):
        subprocess.run(["git", *command.split()], cwd=project, check=True)
    for setting in ("user.name", "user.email"):
        subprocess.run(["git", "config", setting, "ada@example.org"], cwd=project, check=True)
    options = ("--no-pyrefly", "--no-cache")
    preview = amigrate("preview", project, *options)
    assert preview.returncode == 0 and "+def new_name(text):" in preview.stdout, preview.stderr
    applied = amigrate("apply", project, *options, "--branch", "renamed")
    assert applied.returncode == 0, applied.stderr
    shown = subprocess.run(
        ["git", "show", "renamed:shop/names.py"], cwd=project, check=True, capture_output=True, text=True
    )
    assert shown.stdout == "def new_name(text):\n    return text\n"

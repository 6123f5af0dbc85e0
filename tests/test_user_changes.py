"""A team's own codemods in the pipeline: preview, checks, parts of the groups, a branch of commits, undo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from amigrate.pipeline import only_groups
from tests.conftest import Amigrate
from tests.tree import apply, change_set, texts, write, write_project

RENAME = """
import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand


class Rename(VisitorBasedCodemodCommand):
    DESCRIPTION = "old_name() is now new_name()"

    def leave_Name(self, original_node, updated_node):
        return updated_node.with_changes(value="new_name") if updated_node.value == "old_name" else updated_node
"""
VIEWS = """
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from shop.models import Book
from shop.names import old_name


def detail(request, pk):
    book = get_object_or_404(Book, pk=pk)
    return HttpResponse(old_name(book.title))


def kept(request):
    return HttpResponse(old_name("x"))  # amigrate: ignore[{codemod}]
"""
URLS = """
from django.urls import path

from shop import views

urlpatterns = [path("<int:pk>/", views.detail)]
"""
NAMES = "def old_name(text):\n    return text\n"


@pytest.fixture
def package(tmp_path: Path) -> str:
    """The name of a package for codemods that no other test has imported."""
    return f"tools_{tmp_path.name}"


@pytest.fixture
def project(tmp_path: Path, package: str) -> Path:
    """A project with a codemod of its own."""
    files = {
        "shop/views.py": VIEWS.format(codemod=f"{package}.codemods"),
        "shop/urls.py": URLS,
        "shop/names.py": NAMES,
        f"{package}/codemods.py": RENAME,
    }
    return write_project(tmp_path / "project", files)


def test_it_runs_after_ours_in_groups_of_its_own(project: Path, package: str) -> None:
    name = f"{package}.codemods"
    changes = change_set(project, codemods=(name,))
    assert not changes.failures
    assert {group.id: group.lead for group in changes.groups} == {
        "shop.views.detail": "async-views",
        f"{name}:shop/names.py": name,
        f"{name}:shop/views.py": name,
    }
    views = texts(changes)["shop/views.py"]
    assert "book = await aget_object_or_404(Book, pk=pk)\n    return HttpResponse(new_name(book.title))" in views
    assert "from shop.names import new_name" in views
    assert 'old_name("x"))  # amigrate: ignore' in views
    edits = [edit for edit in changes.edits if edit.codemod == name]
    assert {(edit.path, edit.line, edit.reason) for edit in edits} == {
        ("shop/names.py", 1, "old_name() is now new_name()"),
        ("shop/views.py", 5, "old_name() is now new_name()"),
        ("shop/views.py", 10, "old_name() is now new_name()"),
    }
    assert {edit.confidence for edit in edits} == {"review"}


def test_any_part_of_the_groups_stands_alone(project: Path, package: str) -> None:
    name = f"{package}.codemods"
    changes = change_set(project, codemods=(name,))
    own = only_groups(changes, frozenset({"shop.views.detail"}))
    assert list(texts(own)) == ["shop/views.py"] and "new_name" not in texts(own)["shop/views.py"]
    theirs = only_groups(changes, frozenset({f"{name}:shop/views.py"}))
    assert list(texts(theirs)) == ["shop/views.py"]
    assert "new_name(book" in texts(theirs)["shop/views.py"] and "async" not in texts(theirs)["shop/views.py"]
    everything = only_groups(changes, frozenset(group.id for group in changes.groups))
    assert texts(everything) == texts(changes) and set(everything.groups) == set(changes.groups)
    assert everything.edits == changes.edits


def test_a_second_run_changes_nothing(project: Path, package: str) -> None:
    apply(project, change_set(project, codemods=(f"{package}.codemods",)))
    again = change_set(project, codemods=(f"{package}.codemods",))
    assert not again.changes and not again.failures


def test_it_can_be_selected_and_ignored(project: Path, package: str) -> None:
    name = f"{package}.codemods"
    alone = change_set(project, codemods=(name,), select=(name,))
    assert {edit.codemod for edit in alone.edits} == {name}
    without = change_set(project, codemods=(name,), ignore=(name,))
    assert name not in {edit.codemod for edit in without.edits} and without.changes
    safe = change_set(project, codemods=(name,), confidence="safe")
    assert name not in {edit.codemod for edit in safe.edits}


FAILING = """
from libcst.codemod import VisitorBasedCodemodCommand


class Failing(VisitorBasedCodemodCommand):
    def leave_Name(self, original_node, updated_node):
        if not updated_node.value.startswith("text"):
            return updated_node
        {statement}
"""


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ('raise KeyError("boom")', "Failing failed: KeyError: 'boom'"),
        ('return updated_node.with_changes(value=updated_node.value + "_")', "line 1: a second run of it"),
        ('return updated_node.with_changes(value="None")', "the result would not compile: line 1"),
    ],
)
def test_one_that_goes_wrong_costs_its_own_changes(project: Path, package: str, statement: str, reason: str) -> None:
    write(project, {f"{package}/codemods.py": FAILING.format(statement=statement)})
    changes = change_set(project, codemods=(f"{package}.codemods",))
    (failure,) = changes.failures
    assert failure.path == "shop/names.py" and reason in failure.reason, failure
    assert f"codemod {package}.codemods" in failure.reason
    assert list(texts(changes)) == ["shop/views.py"]  # ours are made all the same


def test_an_unknown_one_is_an_error(project: Path) -> None:
    with pytest.raises(ValueError, match=r"codemod no_such_tools\.x: there is no no_such_tools"):
        change_set(project, codemods=("no_such_tools.x",))


def test_its_result_is_not_cached(project: Path, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AMIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    name = f"{package}.codemods"
    assert change_set(project, cache=True, codemods=(name,)).changes
    monkeypatch.setattr(sys.modules[name].Rename, "leave_Name", lambda self, old, new: new)
    changes = change_set(project, cache=True, codemods=(name,))
    assert {edit.codemod for edit in changes.edits}.isdisjoint({name})


def test_preview_branch_and_undo(project: Path, package: str, amigrate: Amigrate) -> None:
    write(project, {"pyproject.toml": f'[tool.amigrate]\ndjango = "5.2"\ncodemods = ["{package}.codemods"]\n'})

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout

    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Ada")
    git("config", "user.email", "ada@example.org")
    git("add", "--all")
    git("commit", "--quiet", "-m", "start")
    preview = amigrate("preview", project, "--no-pyrefly", "--no-cache")
    assert preview.returncode == 0, preview.stderr
    assert "old_name() is now new_name()" in preview.stdout and "+def new_name(text):" in preview.stdout
    applied = amigrate("apply", project, "--no-pyrefly", "--no-cache", "--branch", "migrated")
    assert applied.returncode == 0, applied.stderr
    subjects = git("log", "--format=%s", "main..migrated").splitlines()
    assert subjects[0] == f"amigrate: {package}.codemods" and len(subjects) == 2
    assert "new_name" not in git("show", "migrated~1:shop/views.py")
    assert "new_name" in git("show", "migrated:shop/views.py")
    assert not git("status", "--porcelain") and git("branch", "--show-current").strip() == "main"
    undone = amigrate("undo", project)
    assert undone.returncode == 0, undone.stderr
    assert "migrated" not in git("branch", "--list", "--all")

"""The registry, and codemods that a team brings along."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from amigrate.registry import codemods, metadata
from amigrate.user_codemods import UserCodemodError, load_user_codemods

RENAME = """\
from libcst.codemod import VisitorBasedCodemodCommand


class Rename(VisitorBasedCodemodCommand):
    DESCRIPTION = "renames"
"""


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_each_codemod_is_known_by_its_id() -> None:
    known = [entry.id for entry in metadata()]
    assert list(codemods()) == known[: len(codemods())]
    assert len(set(known)) == len(known)
    assert len(codemods()) >= 19
    for identity, codemod in codemods().items():
        assert codemod.META.id == identity


def test_each_codemod_says_what_a_reviewer_asks() -> None:
    for entry in metadata():
        for text in (entry.summary, entry.why, entry.fix_safety, entry.when_not):
            assert text.strip() == text and len(text) > 20, entry.id
        assert entry.summary[-1] != "." and entry.why[-1] == "." and entry.links, entry.id
        assert all(
            link.startswith(("https://docs.djangoproject.com/en/stable/", "https://docs.python.org/3/"))
            for link in entry.links
        ), entry.id


def test_by_class_and_by_module(tmp_path: Path) -> None:
    write(tmp_path, "team_a/mods/rename.py", RENAME)
    loaded = load_user_codemods(["team_a.mods.rename", "team_a.mods.rename.Rename"], tmp_path)
    assert list(loaded) == ["team_a.mods.rename", "team_a.mods.rename.Rename"]
    assert {command.__name__ for command in loaded.values()} == {"Rename"}
    assert str(tmp_path) not in sys.path


def test_a_codemod_may_import_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "team_b/__init__.py", "")
    write(tmp_path, "team_b/base.py", RENAME)
    write(tmp_path, "team_b/mod.py", "from team_b.base import Rename\n\n\nclass Mine(Rename):\n    pass\n")
    assert load_user_codemods(["team_b.mod"], tmp_path)["team_b.mod"].__name__ == "Mine"


def test_nothing_else_of_the_project_is_run(tmp_path: Path) -> None:
    write(tmp_path, "team_c/mod.py", RENAME)
    write(tmp_path, "team_c/other.py", "raise SystemExit('ran')\n")
    write(tmp_path, "sitecustomize.py", "raise SystemExit('ran')\n")
    assert load_user_codemods([], tmp_path) == {}
    assert list(load_user_codemods(["team_c.mod"], tmp_path)) == ["team_c.mod"]
    assert "team_c.other" not in sys.modules


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("team_d.none", None, "there is no team_d"),
        ("team_e.mod", "x = 1\n", "found none; name it"),
        ("team_f.mod.X", "X = 1\n", "not a VisitorBasedCodemodCommand"),
        ("team_g.mod", "import not_there_at_all\n", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("team_h.mod", "def f(:\n", "SyntaxError"),
        ("team_i.mod", "raise SystemExit('no\\nway')\n", "SystemExit: no way"),
        ("team_j.mod", RENAME + "\n\nclass Two(VisitorBasedCodemodCommand):\n    pass\n", "found Rename, Two"),
        ("os.path", None, "there is no os"),
        ("a b", None, "not a name"),
        ("team_k.gone", "", "not a module"),
    ],
)
def test_errors_are_one_clear_line(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        package, _, rest = name.partition(".")
        write(tmp_path, f"{package}/{'mod' if rest != 'gone' else 'other'}.py", text)
    with pytest.raises(UserCodemodError, match=message.replace(".", r"\.")) as caught:
        load_user_codemods([name], tmp_path)
    assert "\n" not in str(caught.value) and name in str(caught.value)
    assert str(tmp_path) not in sys.path


def test_a_module_outside_the_root_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/mod.py", RENAME)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "team_l").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserCodemodError, match="outside"):
        load_user_codemods(["team_l.mod"], tmp_path / "project")


def test_an_installed_module_of_that_name_does_not_take_its_place(tmp_path: Path) -> None:
    write(tmp_path, "libcst/mod.py", RENAME)
    with pytest.raises(UserCodemodError, match=r"^codemod libcst\.mod: libcst is .*, outside "):
        load_user_codemods(["libcst.mod"], tmp_path)


def test_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "site/ep_package.py", RENAME)
    write(tmp_path, "site/ep_package-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: ep-package\nVersion: 1\n")
    write(tmp_path, "site/ep_package-1.dist-info/entry_points.txt", "[amigrate.codemods]\nours = ep_package:Rename\n")
    (tmp_path / "project").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert list(load_user_codemods([], tmp_path / "project")) == ["ours"]
    # metadata in the project's own folder is the project's word, not an installation
    assert load_user_codemods([], tmp_path / "site") == {}

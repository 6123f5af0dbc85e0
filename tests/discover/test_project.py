from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from amigrate.discover import DiscoveryError, Project, Role, SourceFile, discover

Tree = Callable[[Mapping[str, str]], Path]
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n',
    "config/__init__.py": "",
    "config/settings.py": (
        "from pathlib import Path\nBASE = Path(__file__).parent.parent\nINSTALLED_APPS = ['shop']\n"
        "ROOT_URLCONF = 'config.urls'\nTEMPLATES = [{'DIRS': [BASE / 'pages']}]\n"
    ),
    "pages/base.html": "",
    "pages/mail/welcome.txt": "",
    "pages/logo.png": "",
    "shop/__init__.py": "",
    "shop/views.py": "from django.shortcuts import render\n",
    "shop/tests.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": "",
    "shop/vendor/lib/x.py": "",
    "shop/templates/shop/list.html": "",
    "deploy/templates/service.yaml": "",
    "theme/templates/page.html": "",
    "requirements.txt": "Django==5.2.4\n",
    ".python-version": "3.12\n",
}


def roles(project: Project) -> dict[str, Role]:
    return {file.path: file.role for file in project.files}


def test_a_whole_project(tree: Tree) -> None:
    root = tree(FILES)
    project = discover(root)
    assert project.root == root.resolve()
    assert project.files == (
        SourceFile("config/__init__.py", "config", Role.CODE),
        SourceFile("config/settings.py", "config.settings", Role.CODE),
        SourceFile("manage.py", "manage", Role.CODE),
        SourceFile("shop/__init__.py", "shop", Role.CODE),
        SourceFile("shop/migrations/0001_initial.py", "shop.migrations.0001_initial", Role.MIGRATION),
        SourceFile("shop/migrations/__init__.py", "shop.migrations", Role.MIGRATION),
        SourceFile("shop/tests.py", "shop.tests", Role.TEST),
        SourceFile("shop/vendor/lib/x.py", "shop.vendor.lib.x", Role.VENDORED),
        SourceFile("shop/views.py", "shop.views", Role.CODE),
    )
    assert project.own_templates == ("pages/base.html", "pages/mail/welcome.txt", "shop/templates/shop/list.html")
    assert project.templates == (*project.own_templates, "theme/templates/page.html")
    assert project.import_roots == (".",)
    assert (project.django, project.python, project.failures) == ("5.2", "3.12", ())


def test_exclude_drops_files_and_nothing_else(tree: Tree) -> None:
    project = discover(tree(FILES), exclude=["shop/**", "!shop/views.py"])
    assert list(roles(project)) == ["config/__init__.py", "config/settings.py", "manage.py", "shop/views.py"]
    assert project.settings.installed_apps == ("shop",)


def test_include_makes_code_of_what_is_left_out_by_default(tree: Tree) -> None:
    project = discover(tree(FILES), include=["shop/"], exclude=["shop/views.py", "__init__.py"])
    assert roles(project) == {
        "shop/migrations/0001_initial.py": Role.CODE,
        "shop/tests.py": Role.TEST,
        "shop/vendor/lib/x.py": Role.CODE,
    }
    assert project.settings.root_urlconf == "config.urls"


def test_undecodable_and_broken_files_are_listed(tree: Tree) -> None:
    root = tree(FILES)
    (root / "shop/binary.py").write_bytes(b"\x00\xff\xfe")
    (root / "shop/broken.py").write_text("def (")
    project = discover(root)
    assert {"shop/binary.py", "shop/broken.py"} <= set(roles(project))
    assert project.failures == ()


def test_a_link_out_of_the_tree_is_a_failure(tree: Tree, tmp_path: Path) -> None:
    root = tree(FILES)
    (tmp_path / "secret.py").write_text("INSTALLED_APPS = ['secret']\n")
    (root / "shop/local.py").symlink_to(tmp_path / "secret.py")
    (root / "config/settings.py").unlink()
    (root / "config/settings.py").symlink_to(tmp_path / "secret.py")
    project = discover(root)
    assert [failure.path for failure in project.failures] == ["config/settings.py", "shop/local.py"]
    assert project.settings.installed_apps == ()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README.md": "", "x.txt": "django"}, "there is no Python file in"),
        ({"x.py": "import flask\n", "requirements.txt": "flask\n"}, "no Django in"),
    ],
)
def test_folders_without_a_django_project(tree: Tree, files: dict[str, str], message: str) -> None:
    with pytest.raises(DiscoveryError, match=message):
        discover(tree(files))


def test_a_dependency_on_django_is_enough(tree: Tree) -> None:
    assert discover(tree({"x.py": "", "requirements.txt": "Django\n"})).settings.module == ""


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    for name, message in [("file.py", "is not a folder"), ("nothing", "does not exist"), ("loop", "does not exist")]:
        with pytest.raises(DiscoveryError, match=message):
            discover(tmp_path / name)


def test_an_invalid_pattern(tree: Tree) -> None:
    with pytest.raises(DiscoveryError, match="pattern"):
        discover(tree(FILES), exclude=["!"])


def test_the_order_of_the_folder_does_not_matter(tree: Tree) -> None:
    root = tree(dict(reversed(FILES.items())))
    assert discover(root) == discover(root)
    assert [file.path for file in discover(root).files] == sorted(roles(discover(root)))


def test_ten_thousand_files_take_seconds_at_most(tree: Tree) -> None:
    apps = {
        f"app{i}/{name}{j}.py": "from django.db import models\n" for i in range(100) for name in "ab" for j in range(50)
    }
    root = tree({**FILES, ".gitignore": "*.log\n/out/\n", **apps})
    started = time.process_time()
    assert len(discover(root).files) == 10_009
    assert time.process_time() - started < 5

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from amigrate.discover.layout import choose_roots, find_module, find_roots, module_name

Tree = Callable[[Mapping[str, str]], Path]
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'


def modules(root: Path, installed: Sequence[str] = ()) -> dict[str, str]:
    root = root.resolve()
    paths = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    python = sorted(path for path in paths if path.endswith(".py"))
    roots = choose_roots(root, find_roots(root, python, paths), python, paths, installed)
    return {path: module_name(root, path, roots) for path in python}


def test_the_usual_layout(tree: Tree) -> None:
    root = tree({"manage.py": "", "shop/__init__.py": "", "shop/api/views.py": "", "setup.py": ""})
    assert modules(root) == {
        "manage.py": "manage",
        "setup.py": "setup",
        "shop/__init__.py": "shop",
        "shop/api/views.py": "shop.api.views",
    }


def test_src_and_several_roots(tree: Tree) -> None:
    root = tree(
        {
            "src/shop/__init__.py": "",
            "src/shop/views.py": "",
            "backend/manage.py": "",
            "backend/blog/views.py": "",
            "backend/core/__init__.py": "",
            "docs/conf.py": "",
        }
    )
    assert modules(root) == {
        "src/shop/__init__.py": "shop",
        "src/shop/views.py": "shop.views",
        "backend/manage.py": "manage",
        "backend/blog/views.py": "blog.views",
        "backend/core/__init__.py": "core",
        "docs/conf.py": "docs.conf",
    }


def test_a_namespace_folder_of_apps_is_told_by_the_settings(tree: Tree) -> None:
    root = tree({"manage.py": "", "apps/shop/__init__.py": "", "apps/shop/views.py": ""})
    assert modules(root, ["apps.shop"])["apps/shop/views.py"] == "apps.shop.views"
    assert modules(root, ["shop"])["apps/shop/views.py"] == "shop.views"


def test_a_namespace_folder_of_apps_is_told_by_the_imports(tree: Tree) -> None:
    files = {"manage.py": "", "apps/shop/__init__.py": "", "apps/shop/models.py": ""}
    root = tree(files | {"apps/shop/views.py": "from apps.shop.models import Book\n"})
    assert modules(root)["apps/shop/views.py"] == "apps.shop.views"
    root = tree(files | {"apps/shop/views.py": "from shop.models import Book\n"})
    assert modules(root)["apps/shop/views.py"] == "shop.views"


def test_an_app_without_init_keeps_its_subpackages(tree: Tree) -> None:
    root = tree(
        {
            "manage.py": "",
            "shop/models.py": "",
            "shop/api/__init__.py": "",
            "shop/management/commands/__init__.py": "",
            "shop/management/commands/load.py": "",
            "blog/templatetags/__init__.py": "",
            "core/__init__.py": "",
            "core/management/commands/__init__.py": "",
        }
    )
    found = modules(root)
    assert found["shop/api/__init__.py"] == "shop.api"
    assert found["shop/management/commands/load.py"] == "shop.management.commands.load"
    assert found["blog/templatetags/__init__.py"] == "blog.templatetags"
    assert found["core/management/commands/__init__.py"] == "core.management.commands"


def test_manage_in_a_package(tree: Tree) -> None:
    inner = tree({"site/__init__.py": "", "site/manage.py": MANAGE.format("settings"), "site/settings.py": ""})
    assert modules(inner)["site/settings.py"] == "settings"
    outer = tree({"site/manage.py": MANAGE.format("site.settings")})
    assert modules(outer)["site/settings.py"] == "site.settings"


def test_a_root_inside_a_package_is_named_from_outside(tree: Tree) -> None:
    root = tree({"shop/__init__.py": "", "shop/api/__init__.py": "", "shop/api/views.py": ""})
    assert modules(root / "shop") == {
        "__init__.py": "shop",
        "api/__init__.py": "shop.api",
        "api/views.py": "shop.api.views",
    }
    assert modules(root / "shop/api") == {"__init__.py": "shop.api", "views.py": "shop.api.views"}


def test_a_stray_init_beside_manage_does_not_make_the_root_a_package(tree: Tree) -> None:
    root = tree({"__init__.py": "", "manage.py": "", "shop/views.py": ""})
    assert modules(root)["shop/views.py"] == "shop.views"


def test_find_module() -> None:
    paths = {"a/shop/__init__.py", "b/shop/__init__.py", "b/shop/views.py"}
    assert find_module("shop", "b", ["a", "b"], paths) == "b/shop/__init__.py"
    assert find_module("shop", "", ["b", "a"], paths) == "a/shop/__init__.py"
    assert find_module("shop.views", "a", ["a", "b"], paths) == "b/shop/views.py"
    assert find_module("django.conf", "", ["a"], paths) == ""

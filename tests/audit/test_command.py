"""`amigrate audit`, started as a program."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import ROOT, Amigrate
from tests.tree import write_project

BOOKSHOP = ROOT / "fixtures/projects/bookshop"
QUICK = ("--no-pyrefly", "--no-cache")
WRONG = "class X:\n    async def __eq__(self, other):\n        return True\n"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_terminal_has_all_parts_and_nothing_is_written(amigrate: Amigrate, tmp_path: Path) -> None:
    root = write_project(tmp_path / "shop", {"shop/odd.py": WRONG})
    before = tree(root)
    done = amigrate("audit", root, *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Readiness" in done.stdout and "Defects in async code" in done.stdout and "shop/odd.py:2" in done.stdout
    assert "0 views, 1 defect in async code" in done.stdout
    assert tree(root) == before


def test_views_with_their_hops(amigrate: Amigrate) -> None:
    done = amigrate("audit", BOOKSHOP, *QUICK)
    assert "1 → 6-9  catalogue.views.book_detail  catalogue/views.py:27" in done.stdout
    assert "15 thread hops for each request" in done.stdout
    assert "Do first" in done.stdout and "Leave as it is" in done.stdout


def test_only_worthwhile(amigrate: Amigrate) -> None:
    done = amigrate("audit", BOOKSHOP, *QUICK, "--only", "worthwhile", "--json", "-")
    views = json.loads(done.stdout)["views"]
    assert [view["name"] for view in views] == ["catalogue.views.newest_review", "orders.views.cart_remove"]


def test_check(amigrate: Amigrate, tmp_path: Path) -> None:
    root = write_project(tmp_path, {})
    assert amigrate("audit", root, *QUICK, "--check").returncode == 0
    (root / "shop/odd.py").write_text(WRONG)
    assert amigrate("audit", root, *QUICK, "--check").returncode == 1
    (root / "shop/broken.py").write_text("def (:\n")
    done = amigrate("audit", root, *QUICK)
    assert done.returncode == 3 and "shop/broken.py" in done.stderr


def test_reports_go_to_files_and_one_to_stdout(amigrate: Amigrate, tmp_path: Path) -> None:
    page, text = tmp_path / "a.html", tmp_path / "a.md"
    done = amigrate("audit", BOOKSHOP, *QUICK, "--html", page, "--markdown", text, "--json", "-")
    assert json.loads(done.stdout)["schema"] == "amigrate.audit/1"
    assert page.read_text().startswith("<!DOCTYPE html>") and text.read_text().startswith("# Async audit")
    both = amigrate("audit", BOOKSHOP, "--json", "-", "--html", "-")
    assert both.returncode == 2 and "only one of" in both.stderr
    nowhere = amigrate("audit", BOOKSHOP, *QUICK, "--json", tmp_path / "none" / "x.json")
    assert nowhere.returncode == 2 and "--json" in nowhere.stderr


def test_help_and_errors(amigrate: Amigrate, tmp_path: Path) -> None:
    done = amigrate("audit", "--help")
    assert done.returncode == 0 and "Examples:" in done.stdout and "--patch" not in done.stdout
    (tmp_path / "x.py").write_text("print()\n")
    done = amigrate("audit", tmp_path)
    assert done.returncode == 2 and "no Django" in done.stderr and "Traceback" not in done.stderr

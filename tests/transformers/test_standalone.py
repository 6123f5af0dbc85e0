"""One codemod on one module: through `libcst.tool` in a process, and what it must leave alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from amigrate.registry import codemods
from amigrate.testing import check_noop, check_transformed

ROOT = Path(__file__).parents[2]
MODEL = """\
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)


"""
CONFIGURATION = "formatter: [cat]\nblacklist_patterns: []\nmodules: [amigrate]\nrepo_root: .\n"
TERMINAL = type(codemods()["orm-terminal"])


def test_libcst_tool(tmp_path: Path) -> None:
    body = "{} detail(pk):\n    return {}\n"
    sync = body.format("def", "Book.objects.get(pk=pk)").replace("detail", "sync")
    (tmp_path / "views.py").write_text(MODEL + body.format("async def", "Book.objects.get(pk=pk).title") + sync)
    (tmp_path / ".libcst.codemod.yaml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "libcst.tool", "codemod", "commands.OrmTerminal", "views.py", "--jobs=1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "codemods")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = MODEL + body.format("async def", "(await Book.objects.aget(pk=pk)).title") + sync
    assert (tmp_path / "views.py").read_text() == expected


def test_encoding_and_newlines_are_kept() -> None:
    before = b"# coding: latin-1\r\n" + MODEL.replace("\n", "\r\n").encode() + b"async def f():  # \xe9\r\n\treturn "
    check_transformed(TERMINAL, before + b"Book.objects.count()", before + b"await Book.objects.acount()")


@pytest.mark.parametrize(
    "body",
    [
        "def f():\n    return Book.objects.count()",
        "async def f():\n    def g():\n        return Book.objects.count()\n    return g",
        "async def f():\n    return lambda: Book.objects.count()",
        "async def f():\n    return sum(Book.objects.count() for _ in range(3))",
        "async def f(books):\n    return books.get(pk=1)",
        "async def f():\n    with transaction.atomic():\n        return Book.objects.count()",
        "async def f():\n    return Book.objects.count()  # amigrate: ignore[orm-terminal]",
        "async def f():\n    return await Book.objects.acount()",
    ],
)
def test_what_is_not_sure_is_left_alone(body: str) -> None:
    check_noop(TERMINAL, f"from django.db import transaction\n{MODEL}{body}\n")


def test_an_obstacle_costs_only_its_own_statement() -> None:
    body = "async def f(books):\n    unknown = books.get(pk=1)\n    return {}, unknown\n"
    check_transformed(
        TERMINAL, MODEL + body.format("Book.objects.count()"), MODEL + body.format("await Book.objects.acount()")
    )

"""`retarget`: its fixtures, through the pipeline too, and its table against the runtime's."""

from __future__ import annotations

from pathlib import Path

import pytest

import generate_runtime_names
from amigrate.pipeline import only_groups
from amigrate.testing import Fixture, fixtures_of
from amigrate.transformers.imports.retarget import retarget, version_of
from tests.tree import apply, change_set, texts, write_project

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize("case", fixtures_of(FIXTURES, "retarget"), ids=lambda case: case.name)
def test_case(case: Fixture) -> None:
    django = version_of(case.options["django"])
    after = retarget(case.before.encode(), "shop/case.py", django)
    assert after.decode() == case.after
    assert retarget(after, "shop/case.py", django) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from django_ahead.shortcuts import (  # both\r\n    aget_object_or_404,\r\n)\r\n",
            "from django.shortcuts import (  # both\r\n    aget_object_or_404,\r\n)\r\n",
        ),
        (
            "from django_ahead.shortcuts import (\n    aget_object_or_404,  # one\n    arender,\n)\n",
            "from django.shortcuts import aget_object_or_404\nfrom django_ahead.shortcuts import (\n    arender,\n)\n",
        ),
        (
            "if 1: from django_ahead.shortcuts import aget_object_or_404 as get\n",
            "if 1: from django.shortcuts import aget_object_or_404 as get\n",
        ),
        ("x = 1; from django_ahead.shortcuts import arender, aget_object_or_404\n", None),
        ("from django_ahead.shortcuts import *\n", None),
        ("import django_ahead.shortcuts\n", None),
        ("from .django_ahead.shortcuts import aget_object_or_404\n", None),
        ("from django_ahead.shortcuts import aget_object_or_404", "from django.shortcuts import aget_object_or_404"),
    ],
)
def test_layout(before: str, after: str | None) -> None:
    assert retarget(before.encode(), "shop/a.py", (5, 2)).decode() == (before if after is None else after)


def test_package_that_hands_it_on() -> None:
    source = b"from django_ahead.shortcuts import aget_object_or_404\n"
    assert retarget(source, "shop/__init__.py", (5, 2)) == b"from django.shortcuts import aget_object_or_404\n"


def test_only_if_selected_and_named_where_it_stays(tmp_path: Path) -> None:
    source = "from django_ahead.compat.sessions import aget\nfrom django_ahead.shortcuts import aget_object_or_404\n"
    root = write_project(tmp_path, {"shop/a.py": source, "shop/tests.py": source})
    assert not change_set(root).changes
    changes = change_set(root, select=("retarget",))
    assert set(texts(changes)) == {"shop/a.py", "shop/tests.py"}
    assert [group.id for group in changes.groups] == ["retarget:shop/a.py", "retarget:shop/tests.py"]
    assert {(one.path, one.line) for one in changes.refusals} == {("shop/a.py", 1), ("shop/tests.py", 1)}
    assert set(texts(only_groups(changes, frozenset({"retarget:shop/a.py"})))) == {"shop/a.py"}
    apply(root, changes)
    assert not change_set(root, select=("retarget",)).changes


def test_table_is_that_of_the_runtime() -> None:
    written = generate_runtime_names.DEFAULT_OUTPUT.read_text()
    assert written == generate_runtime_names.render(), "run tools/generate_runtime_names.py"

"""What the fixtures must have before anything runs them: a case and a skip for each codemod, in valid Python."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from amigrate.registry import codemods, metadata
from amigrate.testing import Fixture, fixtures_of

FIXTURES = Path(__file__).parents[2] / "fixtures"
ALL = [case for codemod in codemods() for case in fixtures_of(FIXTURES, codemod)]


@pytest.mark.parametrize("codemod", [entry.id for entry in metadata()])
def test_each_codemod_shows_what_it_changes_and_what_not(codemod: str) -> None:
    cases = fixtures_of(FIXTURES, codemod)
    assert {case.is_skip for case in cases} == {True, False}


def test_each_folder_belongs_to_a_codemod() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if any((*path.glob("*.py"), *path.glob("*.html")))}
    assert folders <= {entry.id for entry in metadata()}


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.codemod}/{case.name}")
def test_case(case: Fixture) -> None:
    for text in (case.before, case.after):
        compile(text, case.name, "exec")
        assert all(len(line) <= 120 for line in text.splitlines()), "longer than our own lines"
    assert (ast.dump(ast.parse(case.before)) == ast.dump(ast.parse(case.after))) is case.is_skip
    others = [identity.strip() for identity in case.options.get("codemods", "").split(",") if identity]
    assert set(others) <= set(codemods())

"""Every semantic case does the same before and after its migration, and what must be left alone is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.semantics.runner import Case, Outcome, outcomes, read_cases

CASES = read_cases()
WRAPPING = read_cases("wrapping")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """All cases, migrated together and executed before and after with this interpreter's Django."""
    folder: Path = tmp_path_factory.mktemp("semantics")
    return {outcome.case.name: outcome for outcome in outcomes(sys.executable, folder / "project")}


@pytest.fixture(scope="module")
def twinned(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """The cases about async twins with `--helpers twin`."""
    folder: Path = tmp_path_factory.mktemp("twins")
    chosen = [case.name for case in CASES if case.name.startswith("twin_")]
    return {one.case.name: one for one in outcomes(sys.executable, folder / "project", chosen, "twin")}


@pytest.fixture(scope="module")
def wrapped(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """The cases about code that wraps the views of URL patterns."""
    folder: Path = tmp_path_factory.mktemp("wrapping")
    return {one.case.name: one for one in outcomes(sys.executable, folder / "project", source="wrapping")}


@pytest.mark.parametrize("case", WRAPPING, ids=lambda case: case.name)
def test_wrapped_views(case: Case, wrapped: Mapping[str, Outcome]) -> None:
    outcome = wrapped[case.name]
    assert not outcome.problems, "\n".join((*outcome.problems, outcome.migrated))
    assert "async def " in outcome.migrated, outcome.refusals


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, results: Mapping[str, Outcome]) -> None:
    outcome = results.get(case.name)
    if outcome is None:
        pytest.skip(f"needs Django {'.'.join(map(str, case.django))}")
    assert not outcome.problems, "\n".join((*outcome.problems, outcome.migrated))
    if case.wanted == "change":
        assert outcome.changed, outcome.refusals
    elif case.wanted in ("keep", "refuse"):
        assert outcome.migrated == case.source
    if case.wanted == "refuse":
        assert outcome.refusals


@pytest.mark.parametrize("case", [c for c in CASES if c.name.startswith("twin_")], ids=lambda case: case.name)
def test_case_with_twins(case: Case, twinned: Mapping[str, Outcome]) -> None:
    outcome = twinned[case.name]
    assert not outcome.problems, "\n".join((*outcome.problems, outcome.migrated))
    assert outcome.changed, outcome.refusals

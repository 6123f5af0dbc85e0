"""Every semantic case does the same before and after its migration, and what must be left alone is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.semantics.runner import Case, Outcome, outcomes, read_cases

CASES = read_cases()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """All cases, migrated together and executed before and after with this interpreter's Django."""
    folder: Path = tmp_path_factory.mktemp("semantics")
    return {outcome.case.name: outcome for outcome in outcomes(sys.executable, folder / "project")}


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

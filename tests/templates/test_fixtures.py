"""The cases in `fixtures/async-templates`."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.templates.uses import Names
from amigrate.testing import Fixture, fixtures_of
from tests.templates.cases import awaited

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize("case", fixtures_of(FIXTURES, "async-templates"), ids=lambda case: case.name)
def test_case(case: Fixture) -> None:
    names = Names(frozenset(case.options["async"].split()), frozenset(), frozenset())
    assert awaited(case.before, names) == case.after
    assert awaited(case.after, names) == case.after

"""What is imported and made once it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from amigrate.on_demand import OnDemand


def test_a_value_is_made_once_and_when_it_is_asked_for() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    values = OnDemand(("a", "b"), make)
    assert list(values) == ["a", "b"] and len(values) == 2 and "b" in values and "c" not in values
    assert made == []
    assert values["b"] == values["b"] == "B"
    assert made == ["b"]
    assert values.get("c") is None
    with pytest.raises(KeyError):
        values["c"]


def test_a_codemod_is_imported_once_a_site_asks_for_it() -> None:
    code = """
import sys
from amigrate.registry import codemods
def loaded():
    return sorted(name for name in sys.modules if name.startswith("amigrate.transformers."))
print(len(codemods()) > 30, loaded())
codemods()["async-cache"]
print(loaded())
"""
    first, second = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert first == "True []"
    assert "amigrate.transformers.caches" in second and "amigrate.transformers.orm" not in second

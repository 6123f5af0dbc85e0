"""The table against the Djangos that are there: the one of this interpreter, and those that are named.

AMIGRATE_DJANGO_PYTHONS names further interpreters, separated as in PATH.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from amigrate.django_api.table import load

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "tools" / "generate_django_api.py"
PYTHONS = [sys.executable, *filter(None, os.environ.get("AMIGRATE_DJANGO_PYTHONS", "").split(os.pathsep))]


def release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@pytest.fixture(scope="module", params=PYTHONS)
def installed(request: pytest.FixtureRequest) -> dict[str, Any]:
    done = subprocess.run([request.param, GENERATOR, "collect"], check=True, stdout=subprocess.PIPE)
    surface: dict[str, Any] = json.loads(done.stdout)
    return surface


def test_the_table_has_the_pairs_of_the_installed_django_and_no_others(installed: dict[str, Any]) -> None:
    here = release(installed["django"])
    expected = {
        (pair.sync, pair.async_, pair.call, pair.sync_is)
        for pair in load().pairs.values()
        if release(pair.since) <= here and (pair.until is None or here < release(pair.until))
    }
    found = {(pair["sync"], pair["async"], pair["call"], pair["sync_is"]) for pair in installed["pairs"]}
    assert len(found) > 100
    assert found == expected


def test_view_decorators_take_async_views_from_the_version_in_the_table(installed: dict[str, Any]) -> None:
    here = release(installed["django"])
    expected = {
        name: since != "never" and release(since) <= here
        for name, since in load().view_decorators.items()
        if name in installed["decorators"]
    }
    assert len(expected) > 30
    assert installed["decorators"] == expected


def test_names_that_were_taken_by_position_are_known_where_the_installed_django_takes_keywords(
    installed: dict[str, Any],
) -> None:
    for pair in installed["pairs"]:
        positional = pair["positional"]
        if len(positional["async"]) < len(positional["sync"]):
            assert load().pairs[pair["sync"]].keyword_names[: len(positional["sync"])] == tuple(positional["sync"])


def test_each_pair_stands_in_the_file_once() -> None:
    raw = json.loads((ROOT / "codemods" / "amigrate" / "django_api" / "pairs.json").read_text(encoding="utf-8"))
    assert len(raw["pairs"]) == len(load().pairs)
    assert raw["pairs"] == sorted(raw["pairs"], key=lambda pair: (pair["sync"], pair["async"]))


def test_a_merged_table_notes_when_a_pair_came_and_went(tmp_path: Path) -> None:
    """Two stand-ins for interpreters print what two Djangos have."""
    pair = {
        "sync": "a.B.get",
        "async": "a.B.aget",
        "owner": "a.B",
        "name": "get",
        "async_name": "aget",
        "sync_is": "callable",
        "call": "await",
        "sync_parameters": "(x)",
        "async_parameters": "(x)",
        "positional": {"sync": ["x"], "async": ["x"]},
    }
    by_keyword = pair | {"async_parameters": "(*, x)", "positional": {"sync": ["x"], "async": []}}
    surfaces = {"5.0": [pair], "5.1": [by_keyword], "5.2": []}
    pythons = []
    for version, pairs in surfaces.items():
        surface = json.dumps({"django": version, "pairs": pairs, "decorators": {"a.only": version != "5.0"}})
        (tmp_path / f"{version}.json").write_text(surface)
        script = tmp_path / f"python{version}"
        script.write_text(f"#!/bin/sh\ncat '{tmp_path}/{version}.json'\n")
        script.chmod(0o755)
        pythons.append(str(script))
    output = tmp_path / "pairs.json"
    # The order of the interpreters does not matter.
    subprocess.run([sys.executable, GENERATOR, *reversed(pythons), "--output", output], check=True)
    table = json.loads(output.read_text())
    assert table["generated_from"] == ["5.0", "5.1", "5.2"]
    assert table["view_decorators"] == {"a.only": "5.1"}
    (entry,) = table["pairs"]
    assert (entry["since"], entry["until"], entry["keyword_names"]) == ("5.0", "5.2", ["x"])
    assert entry["async_parameters"] == {"5.0": "(x)", "5.1": "(*, x)"}

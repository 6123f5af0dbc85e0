"""Templates that await, rendered: what the template and its sync objects showed before."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.environments import environment
from tests.runtime.site_process import RUNTIME
from tests.templates.cases import AWAITED

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("django", ["4.2", "6.1"])
def test_shows_the_same(django: str) -> None:
    pairs = [pair for pair in AWAITED.items() if "stringy" not in pair[0] and "await" not in pair[0]]
    done = subprocess.run(
        [environment(django), "-W", "error::RuntimeWarning", str(Path(__file__).with_name("render.py"))],
        input=json.dumps(pairs),
        env={**os.environ, "PYTHONPATH": str(RUNTIME)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "never awaited" not in done.stderr
    for (_, after), (expected, *found) in zip(pairs, json.loads(done.stdout), strict=True):
        assert found == [expected] * 3, after

"""The tests of django-ahead, which are those of a small site (runtime/tests), on several Djangos."""

from __future__ import annotations

import subprocess

import pytest

from tests.environments import environment
from tests.runtime.site_process import PROJECT, variables

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("django", ["4.2", "5.2", "6.1"])
def test_suite_of_the_site(django: str) -> None:
    # -X dev: asyncio's debug mode, and coroutines that were never awaited are told.
    command = [str(environment(django)), "-X", "dev", "-W", "ignore::ResourceWarning", "-m", "django", "test"]
    done = subprocess.run(command, cwd=PROJECT, env=variables(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "never retrieved" not in done.stderr
    assert "never awaited" not in done.stderr

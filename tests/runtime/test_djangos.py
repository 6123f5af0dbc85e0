"""The tests of django-ahead, which are those of a small site (runtime/tests), on several Djangos."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.environments import environment, socket_environment
from tests.runtime.site_process import PROJECT, variables
from tests.runtime.socket_servers import redis_server, socket_variables

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("django", ["4.2", "5.2", "6.1"])
def test_suite_of_the_site(django: str) -> None:
    _run(environment(django), variables(), "library")


@pytest.mark.parametrize("django", ["4.2", "5.2", "6.1"])
def test_suite_of_the_site_with_websockets(django: str) -> None:
    with redis_server() as (_, port):
        told = _run(socket_environment(django), socket_variables(AHEAD_TEST_REDIS=str(port)), "sockets")
    assert "skipped" not in told


def _run(python: Path, environment: dict[str, str], *labels: str) -> str:
    # -X dev: asyncio's debug mode, and coroutines that were never awaited are told.
    command = [str(python), "-X", "dev", "-W", "ignore::ResourceWarning", "-m", "django", "test", *labels]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "never retrieved" not in done.stderr
    assert "never awaited" not in done.stderr
    return done.stderr

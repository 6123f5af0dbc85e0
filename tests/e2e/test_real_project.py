"""A project that nobody here wrote, from the package index: the smallest of those that `tools/corpus.py` knows."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.e2e
@pytest.mark.network
def test_django_todo_keeps_its_test_outcomes() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "corpus.py", "django-todo"], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    row = re.search(
        r"\| django-todo 2\.7\.0 \| 5\.2 \| 38 passed[^|]*((?:\| \d+ )+)\| \d+% \(\d+%\) ((?:\| \d+ )+)\|", done.stdout
    )
    assert row, done.stdout
    requests, routed, touching, made_async, sync_only, refused = map(int, re.findall(r"\d+", row[1]))
    all_async, bridged, _, _ = map(int, re.findall(r"\d+", row[2]))
    assert (requests, routed) == (65, 12)
    assert made_async + sync_only + refused == touching
    assert bridged <= all_async and made_async <= all_async and made_async * 3 >= touching

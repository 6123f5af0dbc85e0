"""The hops that `audit` counts are those that a request takes: the bookshop under ASGI, `sync_to_async` counted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Amigrate
from tests.e2e.bookshop import copy_into_git, create_database
from tests.environments import DjangoEnv

pytestmark = pytest.mark.e2e

ADA, VISITOR = "ada", ""
REQUESTS: list[tuple[str, str, str, dict[str, str]]] = [
    (VISITOR, "GET", "/", {}),
    (VISITOR, "GET", "/books/moby-dick/", {}),
    (ADA, "GET", "/books/moby-dick/", {}),
    (VISITOR, "GET", "/books/villette/availability/", {}),
    (VISITOR, "GET", "/books/none/availability/", {}),
    (VISITOR, "GET", "/writers/charlotte-bronte/", {}),
    (VISITOR, "GET", "/publishers/", {}),
    (VISITOR, "GET", "/reviews/newest/", {}),
    (ADA, "POST", "/books/moby-dick/review/", {"rating": "5", "text": "Thar she blows!"}),
    (ADA, "POST", "/books/moby-dick/review/", {"rating": "5", "text": "Again"}),
    (ADA, "POST", "/books/villette/review/", {"rating": "9"}),
    (ADA, "GET", "/books/moby-dick/", {}),
    (VISITOR, "GET", "/reviews/newest/", {}),
    (VISITOR, "GET", "/orders/cart/", {}),
    (VISITOR, "POST", "/orders/cart/add/1/", {}),
    (VISITOR, "POST", "/orders/cart/remove/1/", {}),
    (ADA, "GET", "/orders/checkout/", {}),
    (ADA, "POST", "/orders/cart/add/1/", {}),
    (ADA, "POST", "/orders/cart/add/2/", {}),
    (ADA, "GET", "/orders/cart/", {}),
    (ADA, "POST", "/orders/cart/remove/2/", {}),
    (ADA, "GET", "/orders/checkout/", {}),
    (ADA, "POST", "/orders/checkout/", {"address": "1 Pier Road"}),
    (ADA, "GET", "/orders/", {}),
    (ADA, "GET", "/orders/1/", {}),
    (ADA, "GET", "/orders/1/status/", {}),
    (ADA, "POST", "/orders/1/cancel/", {}),
]


@dataclass(frozen=True, slots=True)
class Run:
    """The audit before the migration, that of the migrated tree, and what was measured on both."""

    before: dict[str, Any]
    after: dict[str, Any]
    measured_before: list[dict[str, Any]]
    measured_after: list[dict[str, Any]]


@pytest.fixture(scope="module", params=["5.2", "6.1", "6.1 --runtime"])
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, amigrate: Amigrate, django_env: DjangoEnv
) -> Run:
    folder = tmp_path_factory.mktemp("hops")
    django, *options = request.param.split()
    python = django_env(django)
    before = copy_into_git(folder / "before")
    after = folder / "after"
    shutil.copytree(before, after)
    done = amigrate("apply", after, "--in-place", "--django", django, "--no-pyrefly", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    audits = [_audit(amigrate, tree, django) for tree in (before, after)]
    (after / "django_ahead").symlink_to(ROOT / "runtime" / "django_ahead")  # as if it were installed
    return Run(audits[0], audits[1], _measured(before, python), _measured(after, python))


def _audit(amigrate: Amigrate, tree: Path, django: str) -> dict[str, Any]:
    done = amigrate("audit", tree, "--json", "-", "--django", django, "--no-pyrefly")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measured(tree: Path, python: Path) -> list[dict[str, Any]]:
    database = tree.with_suffix(".sqlite3")
    create_database(tree, python, database)
    paths = [tree, ROOT / "tools/corpus/shared"]
    done = subprocess.run(
        [python, "-m", "serve_counted"],
        cwd=tree,
        input=json.dumps(REQUESTS),
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "BOOKSHOP_DATABASE": str(database),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    assert [one["path"] for one in answers] == [path.partition("?")[0] for _, _, path, _ in REQUESTS]
    assert all(one["status"] < 500 for one in answers), done.stderr
    return answers


def test_a_sync_view_is_one_hop(run: Run) -> None:
    assert {one["hops"] for one in run.measured_before} == {1}
    assert all(view["hops_before"] == {"low": 1, "high": 1, "loops": []} for view in run.before["views"])


def test_each_request_is_within_the_range(run: Run) -> None:
    counted = {view["name"]: view for view in run.before["views"]}
    wrong = []
    for one in run.measured_after:
        view = counted[one["view"]]
        hops = view["hops_after"] or view["hops_before"]
        if not hops["low"] <= one["hops"] <= hops["high"] and not hops["loops"]:
            wrong.append((one, hops))
    assert not wrong


def test_both_ends_of_the_range_are_met(run: Run) -> None:
    """A range that is never used up would say nothing; those that are not are listed here with the reason."""
    measured: dict[str, list[int]] = {}
    for one in run.measured_after:
        measured.setdefault(one["view"], []).append(one["hops"])
    open_ends = {}
    for view in run.before["views"]:
        if view["hops_after"] and (seen := measured.get(view["name"])):
            low, high = view["hops_after"]["low"], view["hops_after"]["high"]
            if (min(seen), max(seen)) != (low, high):
                open_ends[view["name"]] = ((min(seen), max(seen)), (low, high))
    assert len(measured) == 15
    assert len(open_ends) <= 2, open_ends


def test_the_migrated_tree_counts_the_same(run: Run) -> None:
    planned = {view["name"]: view["hops_after"] for view in run.before["views"] if view["hops_after"]}
    now = {view["name"]: view["hops_before"] for view in run.after["views"] if view["outcome"] == "async"}
    assert now.keys() == planned.keys()
    for name, hops in planned.items():
        assert (now[name]["low"], now[name]["high"]) == (hops["low"], hops["high"]), name


def test_middleware_and_handler_are_counted(run: Run) -> None:
    """The class-based view has one more: its TemplateResponse is rendered in a thread, after the view."""
    answers = [one for one in run.measured_before + run.measured_after if one["status"] < 300]
    around = {one["around"] for one in answers if one["view"] != "catalogue.views.PublisherList"}
    assert around == {run.before["hops_around_views"]}

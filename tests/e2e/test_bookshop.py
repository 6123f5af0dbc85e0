"""The main job, end to end, on the example project: its tests and its pages are the same before and after."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from tests.conftest import Amigrate
from tests.e2e.bookshop import Visitor, copy_into_git, create_database, git, own_tests, served
from tests.environments import DjangoEnv

pytestmark = pytest.mark.e2e

# What calls these is sync for good, or their body is one transaction.
STAY_SYNC = {
    "catalogue/admin.py",
    "catalogue/managers.py",
    "catalogue/management/commands/low_stock.py",
    "catalogue/migrations/0001_initial.py",
    "catalogue/models.py",
    "catalogue/tests.py",
    "orders/context_processors.py",
    "orders/models.py",
    "orders/services.py",
    "orders/tests.py",
}


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration of the bookshop: the copies of both branches, and the tests' outcomes on each."""

    python: Path
    before: Path
    after: Path
    outcomes_before: dict[str, str]
    outcomes_after: dict[str, str]


@pytest.fixture(scope="module", params=["5.2", "6.1"])
def migration(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, amigrate: Amigrate, django_env: DjangoEnv
) -> Migration:
    folder = tmp_path_factory.mktemp("bookshop")
    before, after = copy_into_git(folder / "before"), folder / "after"
    python = django_env(request.param)
    outcomes_before = own_tests(before, python)
    done = amigrate("apply", before, "--branch", "async", "--django", request.param)
    assert done.returncode == 0, done.stdout + done.stderr
    git(before, "worktree", "add", "--quiet", str(after), "async")
    return Migration(python, before, after, outcomes_before, own_tests(after, python))


def test_its_own_tests_have_the_same_outcomes(migration: Migration) -> None:
    assert len(migration.outcomes_before) == 37
    assert set(migration.outcomes_before.values()) == {"ok"}
    assert migration.outcomes_after == migration.outcomes_before


def test_the_base_branch_is_untouched(migration: Migration) -> None:
    assert git(migration.before, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert git(migration.before, "status", "--porcelain") == ""
    assert git(migration.before, "rev-list", "--count", "main") == "1"


def test_views_became_async(migration: Migration) -> None:
    made_async = _async_functions(migration.after / "catalogue/views.py")
    made_async |= _async_functions(migration.after / "orders/views.py")
    assert {"book_detail", "writer_detail", "availability", "newest_review", "order_status"} <= made_async
    assert _async_functions(migration.before / "catalogue/views.py") == set()


def test_what_must_stay_sync_is_unchanged(migration: Migration) -> None:
    changed = set(git(migration.before, "diff", "--name-only", "main", "async").splitlines())
    assert changed
    assert not changed & STAY_SYNC
    assert "low_stock" not in _async_functions(migration.after / "catalogue/selectors.py")


def test_a_second_run_changes_nothing(migration: Migration, amigrate: Amigrate) -> None:
    done = amigrate("preview", migration.after, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_served_pages_are_the_same(migration: Migration, tmp_path: Path) -> None:
    original = tmp_path / "original.sqlite3"
    create_database(migration.before, migration.python, original)
    pages = {}
    for folder in (migration.before, migration.after):
        database = tmp_path / f"{folder.name}.sqlite3"
        copyfile(original, database)
        with served(folder, migration.python, database) as address:
            pages[folder.name] = _visit(Visitor(address))
    assert {status for _, status, _ in pages["before"]} == {200, 404}
    assert pages["after"] == pages["before"]


def _visit(visitor: Visitor) -> list[tuple[str, int, str]]:
    """A customer's walk through the shop: path, status and body of each page."""
    pages = []

    def get(path: str) -> None:
        pages.append((path, *visitor.get(path)))

    def post(path: str, **data: str) -> None:
        pages.append((path, *visitor.post(path, **data)))

    for path in ("/", "/?q=melville", "/books/moby-dick/", "/books/villette/availability/", "/writers/nobody/"):
        get(path)
    for path in ("/publishers/", "/writers/charlotte-bronte/", "/reviews/newest/", "/accounts/login/"):
        get(path)
    post("/accounts/login/", username="ada", password="secret")
    get("/books/moby-dick/")
    post("/books/moby-dick/review/", rating="5", text="Thar she blows!")
    get("/reviews/newest/")
    post("/orders/cart/add/1/")
    post("/orders/cart/add/2/")
    post("/orders/cart/remove/2/")
    get("/orders/checkout/")
    post("/orders/checkout/", address="1 Pier Road")
    get("/orders/")
    get("/orders/1/status/")
    post("/orders/1/cancel/")
    return pages


def _async_functions(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.AsyncFunctionDef)}

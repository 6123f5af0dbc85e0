"""The stages together: settled results, the same result however it is made, the cache, and files that fail a check."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from amigrate import changes as changing
from amigrate.discover import discover
from amigrate.model import ChangeSet
from amigrate.rewrite.rewrite import Rewritten, rewrite_source
from amigrate.rewrite.source import RewriteError
from tests.tree import apply, change_set, refusal, texts, write, write_project

BOOKSHOP = Path(__file__).parents[1] / "fixtures" / "projects" / "bookshop"
URLS = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.view)]\n"
ATOMIC = 'INSTALLED_APPS = ["shop"]\nDATABASES = {"default": {"ATOMIC_REQUESTS": True}}\n'
VIEWS = """
from django.http import HttpResponse
from shop.models import Book


class Shelf:
    def total(self):
        return Book.objects.count()


def view(request):
    return HttpResponse(Shelf().total())
"""


def bookshop(tmp_path: Path) -> Path:
    return copytree(BOOKSHOP, tmp_path / "bookshop", ignore=ignore_patterns("__pycache__", "*.sqlite3"))


def many(tmp_path: Path) -> Path:
    """A project of many files, all of which call the same helper: enough for several processes."""
    apps = {f"shop/part{number}.py": _part(number) for number in range(16)}
    names = ", ".join(f"path('{number}', part{number}.view)" for number in range(16))
    parts = ", ".join(f"part{number}" for number in range(16))
    urls = f"from django.urls import path\nfrom shop import {parts}\nurlpatterns = [{names}]\n"
    helper = "from shop.models import Book\n\n\ndef newest(count):\n    return list(Book.objects.all()[:count])\n"
    return write_project(tmp_path / "many", {**apps, "shop/urls.py": urls, "shop/services.py": helper})


def _part(number: int) -> str:
    return f"""
from django.http import HttpResponse
from shop.models import Author
from shop.services import newest


def view(request):
    names = [author.name for author in Author.objects.all()]
    return HttpResponse(f"{{names}} {{newest({number})}}")
"""


def small(tmp_path: Path) -> Path:
    return write_project(tmp_path / "small", {"shop/views.py": VIEWS, "shop/urls.py": URLS})


PROJECTS = pytest.mark.parametrize("make", [bookshop, many, small])
Make = Callable[[Path], Path]


@PROJECTS
@pytest.mark.parametrize("django", ["4.2", "6.1"])
def test_a_second_run_changes_nothing(tmp_path: Path, make: Make, django: str) -> None:
    root = make(tmp_path)
    first = change_set(root, django=django)
    assert first.changes and not first.failures
    apply(root, first)
    second = change_set(root, django=django)
    assert not second.changes and not second.failures and not second.groups


def same(result: ChangeSet) -> ChangeSet:
    """What must not differ from run to run: all but the time that it took."""
    return replace(result, summary=replace(result.summary, seconds=0))


@PROJECTS
def test_the_same_whatever_the_order_and_the_processes(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path)
    one = same(change_set(root, jobs=1))
    assert same(change_set(root, jobs=2)) == one

    def backwards(*arguments: object, **options: object) -> object:
        project = discover(*arguments, **options)  # type: ignore[arg-type]  # handed on
        return replace(project, files=project.files[::-1], templates=project.templates[::-1])

    monkeypatch.setattr("amigrate.pipeline.discover", backwards)
    assert same(change_set(root, jobs=1)) == one


@PROJECTS
def test_the_same_with_a_warm_cache(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    root = make(tmp_path)
    without = same(change_set(root))
    cold = same(change_set(root, cache=True))
    assert same(change_set(root, cache=True)) == cold == without
    for stored in (tmp_path / "cache").rglob("result.pickle"):  # the facts alone give the same result, too
        stored.unlink()
    assert same(change_set(root, cache=True)) == without
    for stored in (tmp_path / "cache").rglob("*.pickle"):
        stored.write_bytes(b"damaged")
    assert same(change_set(root, cache=True)) == without


Change = Callable[[Path], None]
INVALIDATING: dict[str, Change] = {
    "a source": lambda root: write(root, {"shop/views.py": VIEWS.replace("count()", "first()")}),
    "a source far away": lambda root: write(root, {"shop/tests.py": "from shop.views import view\nview(None)\n"}),
    "a template": lambda root: write(root, {"shop/templates/a.html": "{{ shelf.total }} "}),
    "a new template": lambda root: write(root, {"shop/templates/b.html": "{{ shelf.total }}"}),
    "the URLconf": lambda root: write(root, {"shop/urls.py": "urlpatterns = []\n"}),
    "the settings": lambda root: write(root, {"config.py": ATOMIC}),
    "a file gone": lambda root: (root / "shop/views.py").unlink(),
}


@pytest.mark.parametrize("what", INVALIDATING)
def test_what_makes_a_cached_result_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setenv("AMIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    files = {"shop/views.py": VIEWS, "shop/urls.py": URLS, "shop/templates/a.html": "{{ nothing }}"}
    root = write_project(tmp_path / "project", files)
    before = same(change_set(root, cache=True))
    INVALIDATING[what](root)
    fresh = same(change_set(root))
    assert fresh != before, "the change must matter"
    assert same(change_set(root, cache=True)) == fresh


@pytest.mark.parametrize(
    "options", [{"django": "4.2"}, {"python": "3.13"}, {"ignore": ("orm-terminal",)}, {"exclude": ("shop/views.py",)}]
)
def test_other_options_are_another_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]
) -> None:
    monkeypatch.setenv("AMIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    root = small(tmp_path)
    before = same(change_set(root, cache=True))
    assert same(change_set(root, cache=True, **options)) == same(change_set(root, **options)) != before
    assert same(change_set(root, cache=True)) == before


SERVICES = "from shop.models import Book\n\n\ndef count():\n    return Book.objects.count()\n"
TWO_VIEWS = """
from django.http import HttpResponse
from shop.models import Book
from shop.services import count


def view(request):
    return HttpResponse(count())


def other(request):
    return HttpResponse(Book.objects.count())
"""


def test_a_file_that_cannot_be_rewritten_takes_its_groups_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = URLS.replace("]", ", path('other', views.other)]")
    files = {"shop/views.py": TWO_VIEWS, "shop/services.py": SERVICES, "shop/urls.py": urls}
    root = write_project(tmp_path, files)

    def failing(path: str, source: bytes, *rest: object) -> Rewritten:
        if path == "shop/services.py":
            raise RewriteError("line 5: it went wrong")
        return rewrite_source(path, source, *rest)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(changing, "rewrite_source", failing)
    changes = change_set(root)
    (failure,) = changes.failures
    assert failure.path == "shop/services.py" and failure.reason.startswith("line 5: it went wrong; left as it is")
    assert [group.id for group in changes.groups] == ["shop.views.other"]
    after = texts(changes)["shop/views.py"]
    assert "async def other" in after and "\ndef view" in after and "HttpResponse(count())" in after
    assert {edit.group for edit in changes.edits} == {"shop.views.other"}


def test_a_result_that_would_not_compile_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = small(tmp_path)

    def breaking(path: str, source: bytes, *rest: object) -> Rewritten:
        done = rewrite_source(path, source, *rest)  # type: ignore[arg-type]  # handed on
        return replace(done, after=done.after.replace(b"async def view", b"def view"))

    monkeypatch.setattr(changing, "rewrite_source", breaking)
    changes = change_set(root)
    assert not changes.changes and not changes.groups
    assert "the result would not compile" in changes.failures[0].reason


def test_files_that_cannot_be_read_cost_only_themselves(tmp_path: Path) -> None:
    root = small(tmp_path)
    write(root, {"shop/broken.py": "def f(:\n", "shop/codec.py": b"x = '\xff'\n", "shop/binary.py": b"\0\1"})
    changes = change_set(root)
    assert {failure.path for failure in changes.failures} == {"shop/broken.py", "shop/codec.py", "shop/binary.py"}
    assert list(texts(changes)) == ["shop/views.py"]


def test_bytes_outside_the_edits_are_kept(tmp_path: Path) -> None:
    odd = b"\xef\xbb\xbf" + VIEWS.removeprefix("\n").replace("\n", "\r\n").rstrip().encode() + b"  # \xc3\xa9\f"
    root = write_project(tmp_path, {"shop/views.py": odd, "shop/urls.py": URLS})
    (change,) = change_set(root).changes
    expected = odd.replace(b"    def total", b"    async def total").replace(b"def view", b"async def view")
    expected = expected.replace(b"return Book.objects.count()", b"return await Book.objects.acount()")
    assert change.after == expected.replace(b"Shelf().total()", b"await Shelf().total()")


def test_an_unknown_way_with_helpers_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--helpers both: use bridge or twin"):
        change_set(small(tmp_path), helpers="both")


def test_bookshop_says_why_for_each_view_that_stays(tmp_path: Path) -> None:
    changes = change_set(bookshop(tmp_path))
    for one in changes.refusals:
        assert one.reason and one.suggestion and one.line > 0 and (tmp_path / "bookshop" / one.path).is_file()
        assert refusal(changes, one.symbol) == one, "one refusal a function"


def test_a_second_run_without_changes_imports_neither_libcst_nor_pydantic(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"shop/views.py": VIEWS, "shop/urls.py": URLS})
    command = [sys.executable, "-X", "importtime", "-m", "amigrate_cli", "preview", "--no-pyrefly", "--jobs", "1"]
    env = {**os.environ, "AMIGRATE_CACHE_DIR": str(tmp_path / "cache")}
    first, second = (
        subprocess.run([*command, str(root)], env=env, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1] != []  # but for the seconds
    imported = {
        line.rpartition("|")[2].strip() for line in second.stderr.splitlines() if line.startswith("import time:")
    }
    assert "libcst" in first.stderr and "libcst.codemod" not in first.stderr and "pydantic" not in first.stderr
    assert imported.isdisjoint({"libcst", "pydantic", "multiprocessing", "amigrate.plan.plan"})

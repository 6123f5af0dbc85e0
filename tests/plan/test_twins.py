"""Helpers in both colours, across files: what the twin is, where it goes, who calls it, and when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.model import ChangeSet
from amigrate.pipeline import only_groups
from tests.tree import apply, change_set, refusal, texts, write_project

SERVICES = """\
from shop.models import Author, Book


def get_book(pk):
    return Book.objects.get(pk=pk)
"""
COMMAND = """\
from django.core.management.base import BaseCommand
from shop.services import get_book


class Command(BaseCommand):
    def handle(self, *args, **options):
        self.stdout.write(get_book(1).title)
"""
VIEWS = """\
from django.http import HttpResponse
from shop.services import get_book


def view(request, pk):
    return HttpResponse(get_book(pk).title)
"""
URLS = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('<int:pk>', views.view)]\n"
FILES = {
    "shop/services.py": SERVICES,
    "shop/views.py": VIEWS,
    "shop/urls.py": URLS,
    "shop/management/commands/show.py": COMMAND,
}
TWIN = """\


async def aget_book(pk):
    return await Book.objects.aget(pk=pk)
"""


def planned(tmp_path: Path, helpers: str = "twin", **files: str) -> ChangeSet:
    """The changes of the project with some of its files replaced: `views` for `shop/views.py`."""
    given = {f"shop/{name}.py": text for name, text in files.items()}
    changes = change_set(write_project(tmp_path, {**FILES, **given}), helpers=helpers)
    assert not changes.failures
    return changes


def test_a_twin_stands_below_its_helper_and_is_imported_where_it_is_called(tmp_path: Path) -> None:
    changes = planned(tmp_path)
    assert texts(changes)["shop/services.py"] == SERVICES + TWIN
    view = texts(changes)["shop/views.py"]
    assert "from shop.services import aget_book\n" in view
    assert "(await aget_book(pk)).title" in view
    assert set(texts(changes)) == {"shop/services.py", "shop/views.py"}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    apply(tmp_path, planned(tmp_path))
    assert not change_set(tmp_path, helpers="twin").changes
    assert not change_set(tmp_path).changes


def test_the_twin_and_its_callers_are_one_group(tmp_path: Path) -> None:
    changes = planned(tmp_path)
    (group,) = changes.groups
    assert group.paths == ("shop/services.py", "shop/views.py")
    assert not only_groups(changes, frozenset()).changes


def test_the_twin_is_one_edit_with_a_reason(tmp_path: Path) -> None:
    changes = planned(tmp_path)
    (edit,) = [edit for edit in changes.edits if edit.path == "shop/services.py"]
    assert (edit.codemod, edit.symbol, edit.before) == ("async-twins", "shop.services.aget_book", "")
    assert edit.after == TWIN.strip() and "sync ones keep it" in edit.reason


def test_bridges_are_the_default(tmp_path: Path) -> None:
    changes = planned(tmp_path, helpers="bridge")
    assert "shop/services.py" not in texts(changes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from shop.services import get_book", "from shop.services import aget_book"),
        ("from .services import get_book", "from .services import aget_book"),
        ("from shop.services import get_book as got", "from shop.services import aget_book"),
        ("from shop.services import get_book, Book", "from shop.services import aget_book, Book"),
        ("from shop import services", "from shop import services"),
        ("import shop.services as helpers", "import shop.services as helpers"),
    ],
)
def test_imports(tmp_path: Path, before: str, after: str) -> None:
    called = {"got": "got", "services": "services.get_book", "helpers": "helpers.get_book"}
    name = called.get(before.split()[-1], "get_book")
    views = VIEWS.replace("from shop.services import get_book", before).replace("get_book(pk)", f"{name}(pk)")
    text = texts(planned(tmp_path, views=views))["shop/views.py"]
    module = f"{name.partition('.')[0]}." if "." in name else ""
    assert after in text.splitlines()
    assert f"(await {module}aget_book(pk)).title" in text


def test_an_import_that_is_used_otherwise_stays(tmp_path: Path) -> None:
    views = VIEWS + "\n\nKEPT = get_book\n"
    assert "from shop.services import get_book, aget_book" in texts(planned(tmp_path, views=views))[
        "shop/views.py"
    ] or ("from shop.services import aget_book, get_book" in texts(planned(tmp_path, views=views))["shop/views.py"])


def test_an_import_inside_of_the_function_changes_there(tmp_path: Path) -> None:
    views = VIEWS.replace("from shop.services import get_book\n", "").replace(
        "    return", "    from shop.services import get_book\n\n    return"
    )
    text = texts(planned(tmp_path, views=views))["shop/views.py"]
    assert "    from shop.services import aget_book\n" in text
    assert text.count("import aget_book") == 1


def test_a_helper_that_is_reexported_is_imported_from_where_it_stands(tmp_path: Path) -> None:
    files = {"api": "from shop.services import get_book\n", "views": VIEWS.replace("shop.services", "shop.api")}
    changes = planned(tmp_path, **files)
    assert "from shop.services import aget_book" in texts(changes)["shop/views.py"]


def test_a_conditional_import_is_bridged(tmp_path: Path) -> None:
    views = VIEWS.replace(
        "from shop.services import get_book",
        "try:\n    from shop.services import get_book\nexcept ImportError:\n    raise",
    )
    assert "shop/services.py" not in texts(planned(tmp_path, views=views))


@pytest.mark.parametrize(
    "taken", ["aget_book = 1", "class aget_book: pass", "from shop.models import Book as aget_book"]
)
def test_a_name_that_is_taken_where_it_would_be_called_is_bridged(tmp_path: Path, taken: str) -> None:
    views = VIEWS.replace("\n\n\ndef", f"\n\n{taken}\n\n\ndef").replace(
        "HttpResponse(", "HttpResponse(f'{aget_book}' + "
    )
    assert "shop/services.py" not in texts(planned(tmp_path, views=views))


def test_layout_follows_the_file(tmp_path: Path) -> None:
    head = "from shop.models import Book\r\n\r\n"
    sync = "# one book\r\ndef get_book(pk):\r\n\treturn Book.objects.get(pk=pk)  # by key\r\n"
    twin = "# one book\r\nasync def aget_book(pk):\r\n\treturn await Book.objects.aget(pk=pk)  # by key\r\n"
    rest = "\r\ndef other():\r\n\tpass"
    changes = planned(tmp_path, services=f"{head}{sync}\t# that is all\r\n{rest}")
    (after,) = [c.after.decode() for c in changes.changes if c.path == "shop/services.py"]
    assert after == f"{head}{sync}\t# that is all\r\n\r\n{twin}{rest}"


def test_a_helper_at_the_end_of_a_file_without_a_last_newline(tmp_path: Path) -> None:
    changes = planned(tmp_path, services=SERVICES.rstrip("\n"))
    assert texts(changes)["shop/services.py"] == (SERVICES + TWIN).rstrip("\n")


def test_save_and_hooks_get_no_twin(tmp_path: Path) -> None:
    models = """\
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=9)

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)


class Book(models.Model):
    title = models.CharField(max_length=9)
"""
    services = "from shop.models import Author, Book\n\n\ndef get_book(pk):\n    Author(name='x').save()\n"
    services += "    return Book.objects.get(pk=pk)\n"
    changes = planned(tmp_path, models=models, services=services)
    assert "asave(self" not in "".join(texts(changes).values())


def test_why_there_is_no_twin_is_said(tmp_path: Path) -> None:
    services = SERVICES.replace(
        "return Book",
        "Author.objects.update(name='x')\n    for _ in range(3):\n        if Author.objects.count():\n"
        "            return None\n    return Book",
    )
    views = VIEWS.replace("    return", "    Book.objects.count()\n    return").replace(
        "get_book\n", "Book, get_book\n", 1
    )
    changes = planned(tmp_path, services=services, views=views)
    assert "no async twin: its async form would wait in a loop" in refusal(changes, "shop.services.get_book").reason


PAIR = SERVICES + TWIN


@pytest.mark.parametrize("helpers", ["bridge", "twin"])
def test_a_twin_that_is_there_is_used_and_the_sync_half_stays_for_sync_callers(tmp_path: Path, helpers: str) -> None:
    changes = planned(tmp_path, helpers=helpers, services=PAIR)
    assert set(texts(changes)) == {"shop/views.py"}
    assert "(await aget_book(pk)).title" in texts(changes)["shop/views.py"]


def without_command(tmp_path: Path, **files: str) -> ChangeSet:
    return planned(tmp_path, **{"management/commands/show": "", "services": PAIR, **files})


def test_a_sync_half_without_callers_goes(tmp_path: Path) -> None:
    changes = without_command(tmp_path)
    assert texts(changes)["shop/services.py"] == "from shop.models import Author, Book\n" + TWIN
    (group,) = changes.groups
    assert group.paths == ("shop/services.py", "shop/views.py")
    apply(tmp_path, changes)
    assert not change_set(tmp_path, helpers="twin").changes


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("tests", "from shop.services import get_book\n", "shop/tests.py mentions it"),
        ("names", "HELPERS = ['get_book']\n", "named as a string"),
        ("__init__", "", ""),
        ("api/__init__", "from shop.services import get_book\n", "shop/api/__init__.py hands it on"),
        ("other", "from shop.services import get_book  # noqa: F401\n", "shop/other.py imports it"),
        (
            "other",
            "try:\n    from shop.services import get_book\nexcept ImportError:\n    pass\n",
            "shop/other.py imports it",
        ),
    ],
)
def test_a_sync_half_that_may_be_needed_stays_with_a_suggestion(tmp_path: Path, path: str, text: str, why: str) -> None:
    changes = without_command(tmp_path, **{path: text})
    assert ("shop/services.py" in texts(changes)) == (not why)
    if why:
        one = refusal(changes, "shop.services.get_book")
        assert why in one.reason and one.suggestion.startswith("remove it")


def test_a_sync_half_that_is_used_as_a_value_stays(tmp_path: Path) -> None:
    changes = without_command(tmp_path, other="from shop import services\n\nKEPT = [services.get_book]\n")
    assert set(texts(changes)) == {"shop/views.py"}

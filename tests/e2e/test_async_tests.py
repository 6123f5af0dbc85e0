"""Tests of a project that become async: executed before and after on the Django that is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from amigrate.model import ChangeSet
from tests.e2e.bookshop import copy_into_git, own_tests
from tests.tree import apply, change_set, write

PROJECT = {
    "manage.py": """
        import os, sys

        os.environ["DJANGO_SETTINGS_MODULE"] = "config"
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
        """,
    "config.py": """
        SECRET_KEY = "x"
        USE_TZ = True
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        INSTALLED_APPS = [
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ]
        ROOT_URLCONF = "shop.urls"
        DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
        PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models


        class Author(models.Model):
            name = models.CharField(max_length=50)


        class Book(models.Model):
            title = models.CharField(max_length=50)
            author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
        """,
    "shop/services.py": """
        from django.db import transaction
        from shop.models import Author, Book


        def publish(name, title):
            with transaction.atomic():
                author, _ = Author.objects.get_or_create(name=name)
                return Book.objects.create(title=title, author=author)
        """,
    "shop/views.py": """
        from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
        from shop.models import Book


        def books(request):
            return JsonResponse([b.title for b in Book.objects.order_by("title")], safe=False)


        def add(request):
            Book.objects.create(title=request.POST["title"], author_id=request.POST["author"])
            return HttpResponseRedirect("/books/")


        def whoami(request):
            return HttpResponse(f"{request.user.username or 'nobody'} {request.headers.get('X-Shop', '')}")


        def count(request):
            request.session["seen"] = request.session.get("seen", 0) + 1
            return HttpResponse(str(request.session["seen"]))
        """,
    "shop/urls.py": """
        from django.urls import path
        from shop import views

        urlpatterns = [
            path("books/", views.books),
            path("add/", views.add),
            path("who/", views.whoami),
            path("count/", views.count),
        ]
        """,
    "shop/tests.py": """
        from django.contrib.auth.models import User
        from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings
        from shop.models import Author, Book
        from shop.services import publish


        class Base(TestCase):
            @classmethod
            def setUpTestData(cls):
                cls.ann = User.objects.create_user("ann", password="pw")
                cls.author = Author.objects.create(name="Melville")
                cls.moby = Book.objects.create(title="Moby", author=cls.author)


        class Requests(Base):
            def add(self, title):
                return self.client.post("/add/", {"title": title, "author": self.author.pk}, follow=True)

            def test_list(self):
                self.assertEqual(self.client.get("/books/").json(), ["Moby"])

            def test_added(self):
                response = self.add("Typee")
                self.assertEqual(response.status_code, 200)
                self.assertRedirects(response, "/books/")
                self.assertEqual(Book.objects.count(), 2)

            def test_not_fetched(self):
                response = self.client.post("/add/", {"title": "Omoo", "author": self.author.pk})
                self.assertRedirects(response, "/books/", fetch_redirect_response=False)
                self.assertTrue(Book.objects.filter(title="Omoo").exists())

            def test_headers(self):
                response = self.client.get("/who/", HTTP_X_SHOP="corner")
                self.assertContains(response, "nobody corner")

            def test_login(self):
                self.assertTrue(self.client.login(username="ann", password="pw"))
                self.assertContains(self.client.get("/who/"), "ann")
                self.client.logout()
                self.assertNotContains(self.client.get("/who/"), "ann")

            def test_session(self):
                self.client.force_login(self.ann)
                self.assertEqual([self.client.get("/count/").content for _ in range(2)], [b"1", b"2"])

            def test_cookies(self):
                self.client.cookies["shop"] = "1"
                self.assertEqual(self.client.get("/who/").status_code, 200)

            def test_header_of_the_response(self):
                self.assertEqual(self.client.get("/books/")["Content-Type"], "application/json")

            @override_settings(ALLOWED_HOSTS=["testserver"])
            def test_settings(self):
                with self.settings(USE_TZ=False), self.subTest("host"):
                    self.assertEqual(self.client.get("/who/").status_code, 200)


        class Prepared(Base):
            def setUp(self):
                super().setUp()
                self.client.force_login(self.ann)

            def test_known(self):
                self.assertContains(self.client.get("/who/"), "ann")

            def test_known_too(self):
                self.assertContains(self.client.get("/who/"), "ann")


        class Queries(Base):
            def test_rows(self):
                self.moby.title = "Moby-Dick"
                self.moby.save()
                self.moby.refresh_from_db()
                self.assertEqual([book.title for book in Book.objects.all()], ["Moby-Dick"])
                self.assertEqual(self.moby.author.name, "Melville")

            def test_service(self):
                book = publish("Melville", "Typee")
                self.assertEqual(self.author.books.count(), 2)
                self.assertIn(book, self.author.books.all())

            def test_missing(self):
                with self.assertRaises(Book.DoesNotExist):
                    Book.objects.get(title="none")

            def test_queryset(self):
                Book.objects.create(title="Abc", author=self.author)
                self.assertQuerySetEqual(Book.objects.order_by("title"), ["Abc", "Moby"], lambda b: b.title)

            def test_numbers(self):
                with self.assertNumQueries(1):
                    Book.objects.count()

            def test_isolated(self):
                self.assertEqual(Book.objects.count(), 1)


        class Flushed(TransactionTestCase):
            def test_rows(self):
                Author.objects.create(name="x")
                self.assertEqual(Author.objects.count(), 1)


        class Plain(SimpleTestCase):
            def test_page(self):
                self.assertEqual(self.client.get("/nowhere/").status_code, 404)

            def test_nothing(self):
                self.assertEqual(1 + 1, 2)
        """,
}
OUTCOME = re.compile(r"^\w+ \((?P<path>[\w.]+)\) ?\.\.\. (?P<outcome>\w+)", re.MULTILINE)


def outcomes(root: Path) -> dict[str, str]:
    """The project's tests with their outcomes. Warnings are errors: an un-awaited coroutine is one."""
    command = [sys.executable, "-W", "error::RuntimeWarning", "manage.py", "test", "--verbosity=2"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO")}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    assert "never awaited" not in done.stderr, done.stderr
    found = {match["path"]: match["outcome"] for match in OUTCOME.finditer(done.stderr)}
    assert set(found.values()) == {"ok"}, done.stderr
    return found


def converted(root: Path) -> set[str]:
    """The functions that are `async def` in the tests of the project."""
    return set(re.findall(r"^    async def (\w+)", (root / "shop/tests.py").read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ChangeSet, dict[str, str]]:
    """The project after its migration, the change set, and the outcomes before."""
    root = tmp_path_factory.mktemp("project")
    write(root, PROJECT)
    before = outcomes(root)
    changes = change_set(root, select=("async-tests",))
    assert not changes.failures
    apply(root, changes)
    return root, changes, before


def test_the_same_tests_pass_as_before(migrated: tuple[Path, ChangeSet, dict[str, str]]) -> None:
    root, _, before = migrated
    assert outcomes(root) == before
    assert len(before) == 20


def test_only_the_tests_change(migrated: tuple[Path, ChangeSet, dict[str, str]]) -> None:
    assert [change.path for change in migrated[1].changes] == ["shop/tests.py"]


def test_what_can_be_async_is(migrated: tuple[Path, ChangeSet, dict[str, str]]) -> None:
    root, changes, before = migrated
    names = {path.rpartition(".")[2] for path in before} | {"add"}
    assert names - converted(root) == {"test_numbers", "test_nothing"}
    (refused,) = changes.refusals
    assert refused.codemod == "async-tests" and "assertNumQueries" in refused.reason


def test_a_second_run_changes_nothing(migrated: tuple[Path, ChangeSet, dict[str, str]]) -> None:
    assert not change_set(migrated[0], select=("async-tests",)).changes


def test_tests_stay_when_they_are_not_asked_for(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    assert "shop/tests.py" not in {change.path for change in change_set(tmp_path).changes}


def test_tests_of_the_bookshop(tmp_path: Path) -> None:
    shop = copy_into_git(tmp_path / "bookshop")
    before = own_tests(shop, Path(sys.executable))
    changes = change_set(shop, select=("async-tests", "async-views"))
    assert not changes.failures
    apply(shop, changes)
    assert own_tests(shop, Path(sys.executable)) == before
    assert (shop / "orders/views.py").read_text().count("async def") > 3
    assert (shop / "catalogue/tests.py").read_text().count("async def test_") > 15

"""Which tests become async and which do not, each with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.model import ChangeSet
from tests.tree import change_set, texts, write_project

HEAD = """\
from unittest import mock, skipIf
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, LiveServerTestCase, RequestFactory, TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from shop.models import Author, Book
from shop.services import count, tell


"""
SERVICES = """\
from shop.models import Book


def count():
    return Book.objects.count()


def tell(case):
    return case.client.get("/")
"""


def planned(tmp_path: Path, tests: str, **options: object) -> ChangeSet:
    files = {"shop/tests.py": HEAD + tests, "shop/services.py": SERVICES}
    changes = change_set(write_project(tmp_path, files), select=("async-tests",), **options)
    assert not changes.failures
    return changes


def in_case(*statements: str) -> str:
    body = "".join(f"        {line}\n" for line in statements)
    return f"class Tests(TestCase):\n    def test_it(self):\n{body}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("self.client.get('/')", "await self.async_client.get('/')"),
        ("self.client.put('/', {}).json()", "(await self.async_client.put('/', {})).json()"),
        ("self.assertEqual(Book.objects.count(), 0)", "self.assertEqual(await Book.objects.acount(), 0)"),
        ("self.client.get('/', HTTP_A='1', HTTP_B_C='2')", "await self.async_client.get('/', headers={'x'})"),
        ("self.client.get('/', headers={'a': 'b'})", "await self.async_client.get('/', headers={'a': 'b'})"),
        ("self.client.login(username='a', password='b')", "await self.async_client.alogin(username='a', password='b')"),
        ("self.assertIn(1, Book.objects.all())", "await sync_to_async(self.assertIn)(1, Book.objects.all())"),
        ("self.client.get('/')['X-A']", "(await self.async_client.get('/'))['X-A']"),
    ],
)
def test_statements(tmp_path: Path, before: str, after: str) -> None:
    text = texts(planned(tmp_path, in_case("Author.objects.count()", before)))["shop/tests.py"]
    assert "    async def test_it(self):" in text
    assert after.replace("{'x'}", "{\"A\": '1', \"B-C\": '2'}") in text


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (["with self.assertNumQueries(1):", "    Book.objects.count()"], "assertNumQueries"),
        (["self.assertNumQueries(1, Book.objects.count)"], "assertNumQueries"),
        (["with self.captureOnCommitCallbacks():", "    Book.objects.count()"], "captureOnCommitCallbacks"),
        (["with CaptureQueriesContext(connection):", "    Book.objects.count()"], "context manager"),
        (["with transaction.atomic():", "    Book.objects.count()"], "transaction.atomic"),
        (["self.assertRedirects(self.client.get('/'), '/')"], "fetch the page"),
        (["self.client.get('/', REMOTE_ADDR='1.2.3.4')"], "`REMOTE_ADDR` is no header"),
        (["given = {}", "self.client.get('/', **given)"], "may be headers"),
        (["self.client.get('/', HTTP_A=str(1))"], "HTTP_A"),
        (["session = self.client.session", "self.client.get('/')"], "`session` of the test client"),
        (["client = self.client", "client.get('/')"], "under another name"),
        (["tell(self)", "self.client.get('/')"], "hands the test case on"),
        (["response = self.client.get('/')", "response.wsgi_request"], "wsgi_request"),
        (["response = self.client.get('/')", "[b for b in response.context['books']]"], "may be a queryset"),
        (["with mock.patch('shop.models.Book.objects.count'):", "    Book.objects.count()"], "patches a manager"),
    ],
)
def test_what_stays_and_why(tmp_path: Path, statements: list[str], why: str) -> None:
    changes = planned(tmp_path, in_case(*statements))
    assert not changes.changes
    (refused,) = changes.refusals
    assert (refused.codemod, refused.symbol) == ("async-tests", "shop.tests.Tests.test_it")
    assert why in refused.reason, refused.reason


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("class A(LiveServerTestCase):\n    def test_it(self):\n        Book.objects.count()\n", "LiveServerTestCase"),
        ("class A:\n    def test_it(self):\n        Book.objects.count()\n", "no test case"),
        ("def test_it(client):\n    Book.objects.count()\n", "pytest-asyncio"),
        (
            "class A(TestCase):\n    client_class = Client\n    def test_it(self):\n        self.client.get('/')\n",
            "its own|own",
        ),
        (
            (
                "class A(TestCase):\n    def test_it(self):\n        self.client.get('/')\n\n\n"
                "class B(A):\n    client_class = Client\n"
            ),
            "B has a client of its own",
        ),
        (
            (
                "class A(TestCase):\n    def setUp(self):\n        self.client.post('/login/')\n\n"
                "    def test_it(self):\n        self.client.get('/')\n"
            ),
            "setUp uses the sync client",
        ),
        (
            (
                "class A(TestCase):\n    def setUp(self):\n        tell(self)\n\n"
                "    def test_it(self):\n        self.client.get('/')\n"
            ),
            "setUp uses the sync client",
        ),
        (
            "class A(TestCase):\n    @mock.create_autospec\n    def test_it(self):\n        Book.objects.count()\n",
            "create_autospec",
        ),
        (
            (
                "class A(TestCase):\n    def test_it(self):  # amigrate: ignore[async-tests]\n"
                "        Book.objects.count()\n"
            ),
            "a comment says",
        ),
    ],
)
def test_classes_that_stay(tmp_path: Path, tests: str, why: str) -> None:
    changes = planned(tmp_path, tests)
    assert not changes.changes
    assert any(part in refused.reason for refused in changes.refusals for part in why.split("|")), changes.refusals


def test_one_test_that_stays_keeps_those_of_the_same_setup(tmp_path: Path) -> None:
    tests = """\
class A(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_user("a"))

    def test_one(self):
        self.client.get("/")

    def test_other(self):
        with self.assertNumQueries(1):
            self.client.get("/")

    def test_rows(self):
        Book.objects.count()
"""
    changes = planned(tmp_path, tests)
    text = texts(changes)["shop/tests.py"]
    assert "async def test_rows" in text and text.count("async def") == 1
    assert any("logs in for shop.tests.A.test_other too" in r.reason for r in changes.refusals)


def test_tests_that_share_a_setup_are_one_group(tmp_path: Path) -> None:
    tests = """\
class A(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_user("a"))

    def test_one(self):
        self.client.get("/")


class B(A):
    def test_other(self):
        self.client.get("/")
"""
    changes = planned(tmp_path, tests)
    assert texts(changes)["shop/tests.py"].count("async_client") == 3
    assert len(changes.groups) == 1


def test_a_hook_stays_sync(tmp_path: Path) -> None:
    tests = "class A(TestCase):\n    def setUp(self):\n        Book.objects.count()\n\n    def test_a(self):\n"
    text = texts(planned(tmp_path, tests + "        Book.objects.count()\n"))["shop/tests.py"]
    assert "    def setUp(self):\n        Book.objects.count()\n" in text


def test_older_django_logs_in_through_a_bridge_and_follows_nothing(tmp_path: Path) -> None:
    tests = in_case("self.client.force_login(User())", "Book.objects.count()", "Author.objects.count()")
    text = texts(planned(tmp_path, tests, django="4.2"))["shop/tests.py"]
    assert "await sync_to_async(self.async_client.force_login)(User())" in text
    changes = planned(tmp_path, in_case("self.client.get('/', follow=True)"), django="4.2")
    assert not changes.changes and "from Django 5.0" in changes.refusals[0].reason


def test_the_code_is_not_touched(tmp_path: Path) -> None:
    changes = planned(tmp_path, in_case("self.assertEqual(count(), 0)", "Book.objects.count()"))
    assert set(texts(changes)) == {"shop/tests.py"}
    assert "await sync_to_async(count)()" in texts(changes)["shop/tests.py"]

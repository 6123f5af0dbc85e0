"""What stays sync because of who uses it: templates, strings, tests, migrations and code that is not changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plan.pinning import HEAD, QUERY, URLS
from tests.tree import change_set, texts, write_project


@pytest.mark.parametrize(
    ("text", "body", "is_async"),
    [
        ('NAMES = ["shop.views.named"]', "{def_}\n\ndef view(request):\n    return named()", False),
        ('getattr(shop, "named")()', "{def_}\n\ndef view(request):\n    return named()", True),  # of a function only
        ('getattr(shelf, "named")()', "class A:\n    {def_}\n\ndef view(request):\n    return A().named()", False),
        ('x = "named so"', "class A:\n    {def_}\n\ndef view(request):\n    return A().named()", True),
    ],
)
def test_named_as_a_string(tmp_path: Path, text: str, body: str, is_async: bool) -> None:
    indent = "        " if "class" in body else "    "
    definition = f"def named({'self' if 'class' in body else ''}):\n{indent}{QUERY}"
    files = {"shop/views.py": HEAD + body.format(def_=definition), "shop/other.py": text, "shop/urls.py": URLS}
    after = texts(change_set(write_project(tmp_path, files))).get("shop/views.py", "")
    assert ("async def named" in after) is is_async


def test_named_in_a_template(tmp_path: Path) -> None:
    body = f"class A:\n    def in_template(self):\n        {QUERY}\n\n    def elsewhere(self):\n        {QUERY}\n"
    files = {"shop/views.py": HEAD + body, "shop/templates/a.html": "{% if a.in_template %}{% endif %} elsewhere"}
    after = texts(change_set(write_project(tmp_path, files), entries=("shop.views:*",)))["shop/views.py"]
    assert "    def in_template" in after and "async def elsewhere" in after


SERVICES = f"from shop.models import Book\n\ndef helper():\n    {QUERY}\n"
API = "from shop import services\nfrom shop.services import helper as total, helper\n"
# how code that is not changed, or cannot await, gets at the helper
ACCESS = {
    "from shop.services import helper": "helper()",
    "from shop.services import helper as h": "h()",
    "from shop.services import *": "helper()",
    "from shop import services": "services.helper()",
    "from shop import services as s": "s.helper()",
    "import shop.services": "shop.services.helper()",
    "import shop.services as s": "s.helper()",
    "from shop.api import total": "total()",
    "from shop.api import total as t": "t()",
    "from shop.api import *": "total()",
    "from shop import api": "api.total()",
    "from shop.api import services": "services.helper()",
    "from shop import services as m": "getattr(m, 'helper')()",
}


def helper_is_async(tmp_path: Path, path: str, text: str) -> bool:
    """Whether a helper that an async view calls becomes async, with another caller in the file `path`."""
    view = "from shop.services import helper\n\ndef view(request):\n    return HttpResponse(helper())\n"
    files = {"shop/services.py": SERVICES, "shop/api.py": API, "shop/views.py": HEAD + view, "shop/urls.py": URLS}
    changes = change_set(write_project(tmp_path, {**files, path: text}))
    assert not changes.failures
    return "async def helper" in texts(changes).get("shop/services.py", "")


@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("path", ["shop/tests.py", "shop/migrations/0001_initial.py", "shop/other.py"])
def test_called_by_what_stays_sync(tmp_path: Path, path: str, access: str) -> None:
    body = f"class A:\n    @property\n    def x(self):\n        return {ACCESS[access]}\n"
    assert not helper_is_async(tmp_path, path, f"{access}\n\n{body}")


@pytest.mark.parametrize(
    "text",
    [
        "def helper():\n    pass\n\ndef test_it():\n    helper()\n",
        "from other import helper\n\ndef test_it():\n    helper()\n",
        "from shop import services\n\ndef test_it():\n    services.other()\n",
        "def test_it(thing):\n    thing.helper()\n",
        "x = 'helper'\n",
    ],
)
def test_another_thing_of_that_name_in_tests(tmp_path: Path, text: str) -> None:
    assert helper_is_async(tmp_path, "shop/tests.py", text)


@pytest.mark.parametrize("text", ["patch('shop.services.helper')", "patch.object(services, 'helper')"])
def test_patched_in_tests(tmp_path: Path, text: str) -> None:
    head = "from unittest.mock import patch\nfrom shop import services\n\n"
    assert not helper_is_async(tmp_path, "shop/tests.py", f"{head}def test_it():\n    {text}\n")


def test_code_that_is_not_changed(tmp_path: Path) -> None:
    body = f"from shop.models import Book\n\ndef helper():\n    {QUERY}\n"
    files = {"shop/tests.py": body, "shop/migrations/0001_initial.py": body, "shop/urls.py": "urlpatterns = []\n"}
    changes = change_set(write_project(tmp_path, files), entries=("*:*",))
    assert not changes.changes and not changes.failures


def test_a_name_in_too_many_places(tmp_path: Path) -> None:
    callers = "\n\n".join(f"def f{number}():\n    return helper()" for number in range(310))
    body = f"def helper():\n    {QUERY}\n\n{callers}\n"
    files = {"shop/views.py": HEAD + body, "shop/urls.py": "urlpatterns = []\n"}
    changes = change_set(write_project(tmp_path, files), entries=("shop.views:f1",))
    assert "async def helper" not in texts(changes).get("shop/views.py", "")


REBOUND = {
    "def view(request):\n    {q}\n\nview = login_required(view)": "it is decorated by an assignment in shop/views.py:",
    "def view(request):\n    {q}\n\nold = view\nview = print": "`view` is bound to something else, too, in shop.views",
    "def view(request):\n    {q}\n\ndef x():\n    global view": "`view` is bound to something else, too, in shop.views",
    "class A:\n    def view(self):\n        {q}\n\nclass B(A):\n    view = None": "another value in shop.views.B",
    "class A:\n    def view(self):\n        {q}\n\nA.view = print": "something else is assigned to an attribute `view`",
}


@pytest.mark.parametrize("body", REBOUND)
def test_another_value_has_its_name(tmp_path: Path, body: str) -> None:
    files = {"shop/views.py": HEAD + body.format(q=QUERY)}
    changes = change_set(write_project(tmp_path, files), entries=("shop.views:*view",))
    assert not texts(changes)
    reasons = {(refusal.reason, refusal.suggestion) for refusal in changes.refusals}
    assert any(REBOUND[body] in reason and suggestion for reason, suggestion in reasons), reasons

"""Templates of a project: edited in groups of their own, with all that the tags need, or named."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from amigrate.auditing import run_audit
from amigrate.options import Options
from amigrate.pipeline import only_groups
from tests.tree import apply, change_set, refusal, texts, write_project

MODELS = """
from django.db import models


class BasketQuerySet(models.QuerySet):
    async def newest(self):
        return await self.order_by("-pk").afirst()


class Basket(models.Model):
    owner = models.CharField(max_length=100)

    async def grand_total(self):
        return await self.lines.acount()

    async def with_tax(self, rate):
        return rate

    async def _hidden(self):
        return 1

    async def label(self):
        return "of a form too"

    async def summary(self):
        return ""


class Report:
    def summary(self):
        return ""
"""
SETTINGS = """
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
ROOT_URLCONF = "shop.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
"""
PAGE = "<p>\r\n\t{{ basket.grand_total }} {{ basket.with_tax }}{{ basket._hidden }}\r\n</p>"
FILES = {"shop/models.py": MODELS, "config.py": SETTINGS, "requirements.txt": "Django\n"}
PATH = "shop/templates/shop/page.html"


def project(root: Path, page: str | bytes = PAGE, **more: str) -> Path:
    return write_project(root, {**FILES, PATH: page if isinstance(page, bytes) else page.encode(), **more})


def test_edits_and_what_they_need(tmp_path: Path) -> None:
    root = project(tmp_path)
    changes = change_set(root, runtime=True)
    after = texts(changes)
    assert after[PATH] == "{% load ahead %}" + PAGE.replace(
        "{{ basket.grand_total }}", "{% await basket.grand_total %}"
    )
    assert set(after) == {PATH, "config.py", "requirements.txt"}
    (group,) = changes.groups
    assert (group.id, group.lead) == (f"async-templates:{PATH}", "async-templates")
    assert group.paths == ("config.py", "requirements.txt", PATH)
    (edit,) = [edit for edit in changes.edits if edit.path == PATH and not edit.follows]
    assert (edit.line, edit.before, edit.after) == (2, "{{ basket.grand_total }}", "{% await basket.grand_total %}")
    assert edit.reason == "`grand_total` is async: shop.models.Basket.grand_total"
    assert texts(only_groups(changes, frozenset({group.id}))) == after
    assert not only_groups(changes, frozenset()).changes
    apply(root, changes)
    again = change_set(root)
    assert not again.changes and not again.failures and not again.notes


def test_app_alone_where_the_project_has_the_runtime(tmp_path: Path) -> None:
    root = project(tmp_path, **{"requirements.txt": "Django\ndjango-ahead\n"})
    after = texts(change_set(root))
    assert set(after) == {PATH, "config.py"}
    assert "django_ahead.template" not in after["config.py"]


def test_named_without_the_runtime(tmp_path: Path) -> None:
    changes = change_set(project(tmp_path))
    assert not changes.changes
    (refusal,) = [one for one in changes.refusals if one.codemod == "async-templates"]
    assert (refusal.path, refusal.line, refusal.symbol) == (PATH, 2, "basket.grand_total")
    assert "--runtime" in refusal.suggestion


def test_left_where_the_tags_cannot_be_loaded(tmp_path: Path) -> None:
    settings = SETTINGS.replace('["django.contrib.contenttypes", "shop"]', 'APPS.split() or ["shop"]')
    changes = change_set(project(tmp_path, **{"config.py": f'APPS = "shop"\n{settings}'}), runtime=True)
    assert not changes.changes and not changes.groups
    assert {one.suggestion for one in changes.refusals if one.path == PATH} == {
        'put "django_ahead" in INSTALLED_APPS, and run this again'
    }


def test_audit_names_it(tmp_path: Path) -> None:
    audit = run_audit(project(tmp_path), Options(django="5.2", python="3.12", pyrefly=False, cache=False), _quiet)
    (defect,) = [one for one in audit.defects if one.id == "async-in-template"]
    assert (defect.place.path, defect.place.line) == (PATH, 2)
    assert defect.symbol == "shop.models.Basket.grand_total"
    assert "async-templates" in defect.remedy


def _quiet(stage: str, done: int, total: int) -> None:
    """No progress display."""


def test_doubtful_names_are_refused(tmp_path: Path) -> None:
    changes = change_set(project(tmp_path, "{{ x.summary }}\n{{ form.label }}"), runtime=True)
    assert not changes.changes
    found = {one.symbol: one.reason for one in changes.refusals if one.path == PATH}
    assert set(found) == {"x.summary", "form.label"}
    assert "which one this is cannot be told" in found["x.summary"]


@pytest.mark.parametrize(
    "page",
    [
        b"{{ basket.grand_total }}\xff\xe4",
        codecs.BOM_UTF8 + b"{{ basket.grand_total }}",
        "{{ basket.grand_total }}\f\v\x1c …\u2028end".encode(),
    ],
)
def test_bytes_outside_stay(page: bytes, tmp_path: Path) -> None:
    (change,) = [one for one in change_set(project(tmp_path, page), runtime=True).changes if one.path == PATH]
    expected = page.replace(b"{{ basket.grand_total }}", b"{% load ahead %}{% await basket.grand_total %}")
    assert change.after == expected


@pytest.mark.parametrize(
    "options",
    [
        {"ignore": ("async-templates",)},
        {"select": ("orm-terminal",)},
        {"confidence": "safe"},
        {"runtime": False},
        {"exclude": ("shop/templates/",)},
        {"include": ("shop/models.py",)},
    ],
)
def test_only_if_wanted(options: dict[str, object], tmp_path: Path) -> None:
    assert not change_set(project(tmp_path), **{"runtime": True, **options}).changes


@pytest.mark.parametrize(("comment", "left"), [("", True), ("[async-templates]", True), ("[other]", False)])
def test_ignore_comment(comment: str, left: bool, tmp_path: Path) -> None:
    page = f"{{{{ basket.grand_total }}}}{{# amigrate: ignore{comment} #}}\n"
    changes = change_set(project(tmp_path, page), runtime=True)
    assert (PATH not in texts(changes)) == left
    assert not [one for one in changes.refusals if one.path == PATH]


def test_other_languages_are_left(tmp_path: Path) -> None:
    page = "{{ basket.grand_total }}"
    root = project(tmp_path, "", **{"shop/jinja2/page.html": page, "shop/templates/page.j2": page})
    assert not change_set(root, runtime=True).changes


VIEW = """
from django.http import HttpResponse
from django.template import Context, Template

from shop.models import Shelf

PAGE = "<p>{% if shelf.tally %}{{ shelf.name }}{% endif %}</p>"


def view(request):
    shelf = Shelf.objects.get(pk=1)
    if shelf.tally() and shelf.other():
        return HttpResponse(Template(PAGE).render(Context({"shelf": shelf})))
    return HttpResponse("{{ not closed")
"""
SHELF = """
from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=100)

    def tally(self):
        return Shelf.objects.filter(name=self.name).count()

    def other(self):
        return Shelf.objects.filter(name=self.name).count()
"""


def test_method_that_a_template_in_a_string_calls_stays_sync(tmp_path: Path) -> None:
    urls = 'from django.urls import path\n\nfrom shop.views import view\n\nurlpatterns = [path("", view)]\n'
    files = {"shop/models.py": SHELF, "shop/views.py": VIEW, "shop/urls.py": urls}
    changes = change_set(write_project(tmp_path, files))
    after = texts(changes)
    assert "    def tally(self):" in after["shop/models.py"]
    assert "    async def other(self):" in after["shop/models.py"]
    assert "await sync_to_async(shelf.tally)() and await shelf.other()" in after["shop/views.py"]
    assert refusal(changes, "shop.models.Shelf.tally").reason == "`tally` is called by the template shop/views.py"

"""Renders of every form, executed before and after their migration: the same pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.environments import environment
from tests.runtime.site_process import RUNTIME
from tests.tree import change_set, texts, write_project

pytestmark = pytest.mark.e2e

SETTINGS = """
import os

SECRET_KEY = "tests"
USE_TZ = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
"""
VIEWS = """
from django import shortcuts
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template import TemplateDoesNotExist, loader
from django.template.loader import get_template, render_to_string
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.views import View

from shop.models import Author, Book


def plain(request):
    count = Book.objects.count()
    return render(request, "list.html", {"books": Book.objects.order_by("pk"), "count": count})


def options(request):
    first = Book.objects.first()
    response = shortcuts.render(request, "list.html", {"first": first}, content_type="text/plain", status=202)
    response["X-First"] = first.title
    return response


def parts(request):
    html = render_to_string("list.html", {"books": Book.objects.filter(title="Two")}).strip()
    other = loader.render_to_string(["none.html", "list.html"], {"count": Book.objects.count()}, request)
    return JsonResponse({"html": html, "other": other})


def loaded(request):
    count = Book.objects.count()
    body = get_template("list.html").render({"books": Book.objects.all(), "count": count}, request)
    body += loader.get_template("list.html", using="django").render({"count": count}, request=request)
    return HttpResponse(body + get_template("list.html").render())


def missing(request):
    count = Book.objects.count()
    try:
        return HttpResponse(get_template("none.html").render({"count": count}))
    except TemplateDoesNotExist as error:
        return HttpResponse(f"missing {error}")


def kept(request):
    template = get_template("list.html")
    context = {"books": Book.objects.order_by("pk"), "count": Book.objects.count()}
    body = template.render(context, request)
    return HttpResponse(body + template.render(request=request, context={"first": Book.objects.first()}))


def chosen(request):
    if Book.objects.filter(title="Two").exists():
        page = loader.select_template(["none.html", "list.html"])
    else:
        page = other_page("list.html")
    return HttpResponse(page.render({"books": Book.objects.all()}, request).strip())


def other_page(name):
    return get_template(name)


def handed(request):
    page = other_page("list.html")
    return HttpResponse(page.render({"books": Book.objects.all(), "count": Book.objects.count()}))


def at_once(request):
    count = Book.objects.count()
    return HttpResponse(loader.select_template(["none.html", "list.html"]).render({"count": count}, request))


def answered(request):
    return TemplateResponse(request, "list.html", {"books": Book.objects.all(), "count": Book.objects.count()})


def simple(request):
    response = SimpleTemplateResponse("list.html", {"books": Book.objects.all(), "count": Book.objects.count()})
    response.context_data["count"] += 1
    response.add_post_render_callback(lambda done: done.headers.setdefault("X-First", "called"))
    return response


def rendered(request):
    response = TemplateResponse(request, "list.html", {"books": Book.objects.all(), "count": Book.objects.count()})
    response.render()
    response["X-First"] = str(len(response.content))
    return response


def chained(request):
    count = Book.objects.count()
    return SimpleTemplateResponse("list.html", {"books": Book.objects.all(), "count": count}).render()


def content(request):
    count = Book.objects.count()
    response = TemplateResponse(request, "list.html", {"books": Book.objects.all(), "count": count})
    return HttpResponse(response.rendered_content)


class Shelf(View):
    def get(self, request, pk):
        author = shortcuts.get_object_or_404(Author, pk=pk)
        return self.page(author)

    def post(self, request, pk):
        Book.objects.create(title=request.POST["title"], author_id=pk)
        return redirect("shelf", pk=pk)

    def page(self, author):
        count = author.book_set.count()
        return render(self.request, "list.html", {"books": author.book_set.all(), "count": count})
"""
URLS = """
from django.urls import path

from shop import views

urlpatterns = [
    path("plain/", views.plain),
    path("options/", views.options),
    path("parts/", views.parts),
    path("loaded/", views.loaded),
    path("missing/", views.missing),
    path("kept/", views.kept),
    path("chosen/", views.chosen),
    path("handed/", views.handed),
    path("at_once/", views.at_once),
    path("answered/", views.answered),
    path("simple/", views.simple),
    path("rendered/", views.rendered),
    path("chained/", views.chained),
    path("content/", views.content),
    path("shelf/<int:pk>/", views.Shelf.as_view(), name="shelf"),
]
"""
PAGE = """{{ request.path }} {{ count }} {{ first.author.name }}
{% for book in books %}<li>{{ book }}: {{ book.author.name }}{% endfor %}
"""
ASK = """
import json, warnings
warnings.simplefilter("error", RuntimeWarning)
import django
django.setup()
from django.core.management import call_command
from django.test import AsyncClient
call_command("migrate", run_syncdb=True, verbosity=0)
from shop.models import Author, Book
author = Author.objects.create(name="Ann <b>")
for title in ("One", "Two"):
    Book.objects.create(title=title, author=author)

FORMS = "kept chosen handed at_once answered simple rendered chained content".split()

def ask():
    client = AsyncClient()
    from asgiref.sync import async_to_sync
    for path in ("plain", "options", "parts", "loaded", "missing", "shelf/1", "shelf/9", *FORMS):
        yield async_to_sync(client.get)(f"/{path}/")
    yield async_to_sync(client.post)("/shelf/1/", {"title": "Three"})
    yield async_to_sync(client.get)("/shelf/1/")

seen = []
for response in ask():
    headers = [response.get(name) for name in ("X-First", "Content-Type", "Location")]
    names = [template.name for template in response.templates]
    seen.append([response.status_code, response.content.decode(), headers, names])
print(json.dumps(seen))
"""


def asked(project: Path, python: Path) -> list[list[object]]:
    paths = os.pathsep.join(map(str, (project, RUNTIME)))
    environment = {**os.environ, "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "config"}
    done = subprocess.run([python, "-c", ASK], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "never awaited" not in done.stderr
    seen: list[list[object]] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize(("django", "runtime"), [("4.2", True), ("6.1", True), ("6.1", False)])
def test_same_pages(django: str, runtime: bool, tmp_path: Path) -> None:
    files = {"config.py": SETTINGS, "shop/views.py": VIEWS, "shop/urls.py": URLS, "shop/templates/list.html": PAGE}
    before = write_project(tmp_path / "before", files)
    after = Path(shutil.copytree(before, tmp_path / "after"))
    changes = change_set(after, runtime=runtime, django=django)
    assert not changes.failures
    for path, text in texts(changes).items():
        (after / path).write_text(text)
    views = (after / "shop/views.py").read_text()
    assert len(re.findall("^def (?!other_page)", views, re.MULTILINE)) == 0
    assert ("django_ahead" in views) == runtime
    if runtime:
        assert "sync_to_async(render" not in views and "sync_to_async(get_template" not in views
        assert views.count("await arender(") == 3
        assert views.count("await arender_to_string(") == 7
        assert views.count("await aget_template(") == 1
        assert views.count("await arender_response(") == 2
        assert views.count("await template.arender(") == 2
        assert views.count("await arender_template(page, ") == 2
    again = change_set(after, runtime=runtime, django=django)
    assert not again.changes and not again.failures
    seen = asked(before, environment(django))
    assert [status for status, *_ in seen] == [200, 202, 200, 200, 200, 200, 404, *[200] * 9, 302, 200]
    assert asked(after, environment(django)) == seen

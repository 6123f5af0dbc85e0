"""What a change may matter to, and that a second run is still checked when only that is planned again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from amigrate.discover import discover
from amigrate.facts.program import Program
from amigrate.facts.reading import read_module
from amigrate.facts.scan import read_sources
from amigrate.facts.sources import Sources
from amigrate.model import ChangeSet, FileChange
from amigrate.options import Options
from amigrate.plan.context import Context
from amigrate.plan.plan import Plan
from amigrate.plan.touched import changed_functions, touched
from amigrate.planning import context_of, plan_of
from amigrate.verify import verified
from tests.tree import write_project

URLS = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.view)]\n"
HEAD = "from django.http import HttpResponse\nfrom shop.models import Author, Book\n\n\n"
VIEWS = """
def count():
    return Book.objects.count()


def shown():
    return str(count())


def view(request):
    return HttpResponse(shown())


def other(request):
    return HttpResponse(Author.objects.count())


def kept(request):
    return HttpResponse(request.box.count())
"""


def planned(tmp_path: Path, views: str, urls: str = URLS) -> tuple[Context, Plan, Sources, Options]:
    root = write_project(tmp_path, {"shop/views.py": HEAD + views, "shop/urls.py": urls})
    project, options = discover(root), Options(pyrefly=False, cache=False)
    sources, _ = read_sources(root, project.files)
    modules = {
        f.module: read_module(sources[f.path], f.path, f.module, hashlib.sha256(sources[f.path]).hexdigest())
        for f in project.files
    }
    program = Program(project, modules, {f.module: f.role for f in project.files})
    context = context_of(program, sources, None, options)
    return context, plan_of(context, sources, options), sources, options


def test_it_is_all_that_calls_a_changed_function_or_may_mean_it(tmp_path: Path) -> None:
    context, *_ = planned(tmp_path, VIEWS, URLS.replace("]", ", path('a', views.other), path('b', views.kept)]"))
    found = touched(context.analyst, {"shop.views.count"})
    assert found - {"shop.urls."} == {f"shop.views.{name}" for name in ("count", "shown", "view", "kept")}


def test_a_changed_wrapper_touches_what_is_decorated(tmp_path: Path) -> None:
    deco = "def deco(view):\n    def wrapper(request):\n        return view(request)\n    return wrapper\n\n\n"
    context, *_ = planned(tmp_path, deco + "@deco" + VIEWS.strip().replace("def count", "\ndef count"))
    assert "shop.views.view" in touched(context.analyst, {"shop.views.deco.<locals>.wrapper"})
    assert "shop.views.other" not in touched(context.analyst, {"shop.views.deco.<locals>.wrapper"})


def test_functions_that_only_moved_have_not_changed() -> None:
    old = b"X = 1\n\n\ndef one():\n    return 1\n\n\nclass A:\n    x = 1\n\n    def two(self):\n        return 2\n"
    for new, expected in (
        (b"import os\n" + old, set[str]()),
        (old.replace(b"return 1", b"return 11"), {"m.one"}),
        (old + b"\n\ndef three():\n    pass\n", {"m.three"}),
        (old.replace(b"    x = 1", b"    x = 2"), {"m.A.two"}),
        (old.replace(b"X = 1", b"X = 2"), {"m.one", "m.A.two"}),
    ):
        before, after = (read_module(source, "m.py", "m", "") for source in (old, new))
        assert changed_functions(before, after, old, new) == expected


def rewritten(context: Context, old: bytes, new: bytes) -> ChangeSet:
    change = FileChange("shop/views.py", old, new, ())
    return ChangeSet(str(context.analyst.program.project.root), "5.2", "3.12", (change,))


def test_a_rewrite_after_which_a_caller_could_change_is_reported(tmp_path: Path) -> None:
    views = "@weird" + VIEWS.strip().replace("def count", "\ndef count")
    pinned = HEAD + "def weird(f):\n    return [f][0]\n\n\n" + views.replace("@weird", "", 1)
    pinned = pinned.replace("def view", "@weird\ndef view")
    context, plan, sources, options = planned(tmp_path, pinned.removeprefix(HEAD))
    assert not plan.files
    old = sources["shop/views.py"]
    same = verified(context, plan, rewritten(context, old, old + b"\n\ndef more():\n    pass\n"), sources, options)
    assert not same.failures
    freed = old.replace(b"@weird\n", b"")
    result = verified(context, plan, rewritten(context, old, freed), sources, options)
    assert ["again" in failure.reason for failure in result.failures] == [True]

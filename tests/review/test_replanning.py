"""Planning again around what was rejected: real plans, in which what called it gets a bridge."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from amigrate.decided import decided
from amigrate.model import ChangeSet
from amigrate.pipeline import only_groups
from amigrate.plan.ignores import REJECTED
from amigrate.review.decisions import Decision, Verdict
from amigrate.review.replanning import planned
from amigrate.review.session import Session, accept, accepted_groups, decisions_of, reject, take_back
from tests.tree import change_set, refusal, texts, write_project

URLS = """
from django.urls import path
from shop import views

urlpatterns = [path("a", views.first), path("b", views.second)]
"""
SERVICES = """
from shop.models import Book


def count():
    return Book.objects.count()
"""
VIEWS = """
from django.http import HttpResponse
from shop.models import Author
from shop.services import count


def first(request):
    return HttpResponse(count())


def second(request):
    author = Author.objects.get(pk=1)
    return HttpResponse(f"{author.name} {count()}")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path, {"shop/urls.py": URLS, "shop/services.py": SERVICES, "shop/views.py": VIEWS})


def plan(root: Path, rejected: tuple[str, ...]) -> ChangeSet:
    return change_set(root, rejected=rejected)


def begun(root: Path, decisions: tuple[Decision, ...] = ()) -> Session:
    return planned(partial(plan, root), decisions)[0]


def symbols(session: Session) -> set[str]:
    return {edit.symbol for edit in session.subject.change_set.edits if not edit.follows}


def test_a_rejected_function_stays_and_the_rest_is_had_otherwise(root: Path) -> None:
    session = begun(root)
    assert symbols(session) == {"shop.views.first", "shop.views.second", "shop.services.count"}
    session = accept(session, session.subject.items)
    session = reject(session, session.subject.symbols["shop.views.first"][:1])
    assert accepted_groups(session) == frozenset()  # they are one group
    again = begun(root, decisions_of(session))
    assert symbols(again) == {"shop.views.second"}
    assert accepted_groups(again) == frozenset()  # nobody has seen the bridge
    left = refusal(again.subject.change_set, "shop.views.first")
    assert (left.reason, left.suggestion) == (REJECTED, "`amigrate review` takes that back")
    assert again.kept == ()
    assert Verdict.REJECTED in {one.verdict for one in again.held}
    done = accept(again, again.subject.items)
    part = decided(done, planned(partial(plan, root), decisions_of(done))[1], only_groups)
    (text,) = texts(part).values()
    assert "def first(request):\n    return HttpResponse(count())" in text
    assert "await sync_to_async(count)()" in text
    assert "await Author.objects.aget(pk=1)" in text
    compile(text, "views.py", "exec")


def test_taking_a_rejection_back_brings_the_first_plan_with_its_decisions(root: Path) -> None:
    session = begun(root)
    session = accept(session, session.subject.items)
    before = decisions_of(session)
    item = session.subject.items[session.subject.symbols["shop.views.first"][0]]
    session = reject(session, [item.id])
    again = take_back(begun(root, decisions_of(session)))
    back = begun(root, decisions_of(again))
    assert symbols(back) == {"shop.views.first", "shop.views.second", "shop.services.count"}
    taken = {one.id for one in before} - {one.id for one in decisions_of(back)}
    assert taken == {edit.id for edit in item.edits}


def test_the_same_decisions_give_the_same_result_again(root: Path) -> None:
    session = begun(root)
    session = reject(session, session.subject.symbols["shop.services.count"][:1])
    session = accept(begun(root, decisions_of(session)), [])
    session = accept(session, session.subject.items)
    kept = decisions_of(session)
    one, two = (decided(*planned(partial(plan, root), kept), only_groups) for _ in range(2))
    assert one.changes == two.changes != ()
    assert any(edit.codemod == "sync-bridge" for edit in one.edits)
    assert [edit for edit in one.edits if edit.symbol == "shop.services.count"] == []

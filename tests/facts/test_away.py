"""Syntax trees that are put away: nothing but memory and time may depend on whether they were."""

from __future__ import annotations

import ast
import weakref
from pathlib import Path

import pytest

from amigrate.collector import without_collector
from amigrate.facts.analyst import Analyst
from amigrate.facts.away import put_away
from amigrate.plan import relieving
from tests.memory import analyst
from tests.tree import change_set

BOOKSHOP = Path(__file__).parents[2] / "fixtures" / "projects" / "bookshop"
FILES = {
    "shop/models.py": """
        from django.db import models

        class Author(models.Model):
            name = models.CharField(max_length=9)

        class Book(models.Model):
            author = models.ForeignKey(Author, models.CASCADE)
    """,
    "shop/views.py": """
        from asgiref.sync import sync_to_async
        from shop.models import Book

        FIRST = Book.objects.first()

        def outer(flag):
            books = Book.objects.filter(pk=flag)

            def inner(book):
                return [one.author.name for one in books] or book.author

            return [inner(book) for book in books] if flag else outer(books)

        def other(flag):
            return [book.author for book in outer(flag) or ()]

        async def adapted(flag):
            return await sync_to_async(Book.objects.first)()
    """,
}
FAMILY = ("shop.views.outer", "shop.views.outer.<locals>.inner")


def _analysed() -> Analyst:
    found = analyst(FILES)
    for name in (*found.program.functions, "shop.views."):
        found.analyse(name)
    return found


def _shown(found: Analyst, name: str) -> object:
    """All that an analysis says, with its nodes as text and place."""
    analysis = found.analyse(name)

    def node(one: object) -> object:
        return (ast.dump(one), getattr(one, "lineno", 0)) if isinstance(one, ast.AST) else str(one)

    effects = [
        (e.what, node(e.node), e.receiver, e.detail, e.targets, {k: node(v) for k, v in e.extra.items()})
        for e in analysis.effects
    ]
    values = [(node(one), kind) for one, kind in analysis.values.items()]
    origins = [(at, node(one), kind) for at, (one, kind) in analysis.origins.items()]
    return node(analysis.node), effects, values, origins, analysis.returns, analysis.variables


@pytest.mark.parametrize("name", [*FAMILY, "shop.views.other", "shop.views."])
def test_what_comes_back_is_what_was_put_away(name: str) -> None:
    found = _analysed()
    before = _shown(found, name)
    put_away(found, ())
    assert found.told(name).away
    assert _shown(found, name) == before
    assert not found.told(name).away


def test_the_nodes_that_come_back_are_those_of_the_tree() -> None:
    found = _analysed()
    put_away(found, ())
    for name in FAMILY:
        analysis = found.analyse(name)
        assert analysis.node is found.trees.node(name)
        inside = set(ast.walk(analysis.node))
        assert analysis.effects
        assert all(effect.node in inside for effect in analysis.effects)


def test_a_function_is_freed_with_all_that_is_in_it() -> None:
    found = _analysed()
    trees = [weakref.ref(found.analyse(name).node) for name in (*FAMILY, "shop.views.")]
    with without_collector():
        put_away(found, ())
    assert [tree() for tree in trees] == [None] * len(trees)


def test_what_is_said_of_types_needs_no_tree() -> None:
    found = _analysed()
    put_away(found, ())
    assert found.blocks("shop.views.other")
    assert found.told("shop.views.other").effects
    assert found.trees.held("shop.views.other") is None


def test_what_is_kept_stays_with_what_it_is_nested_in() -> None:
    found = _analysed()
    nodes = {name: found.analyse(name).node for name in FAMILY}
    put_away(found, {"shop.views.outer.<locals>.inner"})
    assert {name: found.told(name).node for name in FAMILY} == nodes
    assert found.told("shop.views.other").away


def test_an_effect_that_holds_others_keeps_its_tree() -> None:
    found = _analysed()
    before = _shown(found, "shop.views.adapted")
    put_away(found, ())
    assert not found.told("shop.views.adapted").away
    assert _shown(found, "shop.views.adapted") == before


def test_a_plan_does_not_depend_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = change_set(BOOKSHOP)
    monkeypatch.setattr(relieving, "MANY", 0)
    after = change_set(BOOKSHOP)
    assert before.changes
    assert (after.changes, after.refusals, after.groups) == (before.changes, before.refusals, before.groups)

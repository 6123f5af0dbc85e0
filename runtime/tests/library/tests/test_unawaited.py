"""In DEBUG a coroutine that a template uses without awaiting it is an error with template, line and name."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import async_to_sync
from django.template.backends.django import DjangoTemplates as StockTemplates
from django.template.defaulttags import ForNode
from django.test import SimpleTestCase

from django_ahead.template.backends.django import DjangoTemplates
from django_ahead.template.unawaited import NotAwaited
from library.models import Author


def engine(backend: type[StockTemplates] = DjangoTemplates, debug: bool = True, **options: Any) -> StockTemplates:
    return backend({"NAME": "test", "DIRS": [], "APP_DIRS": True, "OPTIONS": {"debug": debug, **options}})


async def coroutine() -> list[int]:
    return [1]


async def generator() -> AsyncIterator[int]:
    yield 1


CONTEXT = {"c": coroutine, "g": generator, "a": {"b": coroutine}, "ok": [1], "n": 0}
USES = [
    "{{ c }}",
    "{{ a.b }}",
    "{{ a.b.0 }}",
    "{{ g }}",
    "{{ c|length }}",
    "{{ c|default:'x' }}",
    "{% if c %}yes{% endif %}",
    "{% if n and c or ok and c %}yes{% endif %}",
    "{% if ok == c %}{% else %}no{% endif %}",
    "{% if n %}{% elif not c %}{% else %}yes{% endif %}",
    "{% for x in c %}{% empty %}none{% endfor %}",
    "{% firstof n c %}",
    "{% with d=c %}{{ d }}{% endwith %}",
    "{% ifchanged c %}x{% endifchanged %}",
    "{% cycle c 'x' %}",
    "{% filter upper %}{{ c }}{% endfilter %}",
    "{% box n %}{% for x in ok %}{{ a.b }}{% endfor %}{% endbox %}",
    "{% with x=c|length %}{{ x }}{% endwith %}",
    "{% shout c|default:'x' %}",
    "{% block b %}{{ c }}{% endblock %}",
]
FINE = [
    ("{% await c as x %}{{ x.0 }}{% if x %}{% await a.b as y %}{{ y|length }}{% endif %}", "11"),
    ("{% with x=c %}{% await x as y %}{{ y.0 }}{% endwith %}", "1"),
    ("{% box c %}x{% endbox %}", "[x]"),
    ("{{ ok.0 }}{{ nothing.at.all }}{{ ok.5 }}{% if n > 1 or ok %}y{% endif %}", "1y"),
    ("{% if a < n %}{% else %}no{% endif %}", "no"),
    ("{% include 'library/card.html' with author=author %}", "<b>editor of A</b>\n"),
]


class InDebug(SimpleTestCase):
    def rendered(self, source: str, backend: StockTemplates) -> str:
        template = backend.from_string("{% load ahead library %}\n" + source)
        return str(template.render({**CONTEXT, "author": Author(name="A")})).lstrip("\n")

    def test_every_use_is_an_error(self) -> None:
        backend = engine()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for source in USES:
                with self.subTest(source), self.assertRaises(NotAwaited) as caught:
                    self.rendered(source, backend)
                message = str(caught.exception)
                self.assertIn("line 2", message)
                self.assertRegex(message, r"`(c|a\.b|a\.b\.0|g|d)`")
            gc.collect()

    def test_what_is_awaited_or_handed_on_is_fine(self) -> None:
        for source, expected in FINE:
            for debug in (True, False):
                with self.subTest(source, debug=debug):
                    self.assertEqual(self.rendered(source, engine(debug=debug)), expected)

    def test_same_output_as_stock_for_the_rest(self) -> None:
        source = "{% if ok and n < 1 %}{% for x in ok %}{{ x }}{% endfor %}{% endif %}{{ a|length }}{% cycle ok n %}"
        self.assertEqual(self.rendered(source, engine()), self.rendered(source, engine(StockTemplates)))
        self.assertEqual(self.rendered("{{ no.where }}", engine(string_if_invalid="?%s?")), "?no.where?")

    def test_message_names_file_line_and_variable(self) -> None:
        template = engine().get_template("library/unawaited.html")
        with self.assertRaises(NotAwaited) as caught:
            template.render({"author": Author(name="A")})
        message = str(caught.exception)
        self.assertRegex(message, r"library/unawaited\.html, line 3: `author\.title_list` is a coroutine")
        self.assertIn("{% await author.title_list as name %}", message)
        debug = caught.exception.template_debug  # type: ignore[attr-defined]  # Django sets it
        self.assertEqual((debug["line"], debug["during"]), (3, "{{ author.title_list }}"))

    def test_templates_that_others_bring_in(self) -> None:
        for source in ('{% include "library/unawaited.html" %}', '{% extends "library/unawaited.html" %}'):
            with self.subTest(source), self.assertRaises(NotAwaited):
                engine().from_string(source).render({"author": Author(name="A")})

    def test_future(self) -> None:
        async def main() -> None:
            future = asyncio.get_running_loop().create_future()
            with self.assertRaisesRegex(NotAwaited, "`f` is a Future"):
                engine().from_string("{{ f }}").render({"f": future})
            future.cancel()

        async_to_sync(main)()

    def test_without_debug_nothing_is_touched(self) -> None:
        backend = engine(debug=False)
        template = backend.get_template("library/books.html").template
        stock = engine(StockTemplates, debug=False).get_template("library/books.html").template
        self.assertEqual(repr(template.nodelist), repr(stock.nodelist))
        self.assertIs(type(backend.engine), type(engine(StockTemplates).engine))

    def test_cached_template_is_looked_at_once(self) -> None:
        backend = engine()
        first, second = (backend.engine.get_template("library/books.html") for _ in range(2))
        self.assertIs(first, second)
        (loop,) = first.nodelist.get_nodes_by_type(ForNode)
        self.assertEqual(type(loop.sequence.var).__name__, "_WatchedVariable")

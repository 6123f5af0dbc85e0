"""{% await %}: what it awaits, where, and that it escapes and fails as `{{ }}` does."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.template import Context, Engine, TemplateSyntaxError, engines
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils.safestring import mark_safe

from django_ahead.shortcuts import arender_template
from library.models import Author, Book


def compiled(source: str, **options: Any) -> Any:
    libraries = {"ahead": "django_ahead.templatetags.ahead", "library": "library.templatetags.library"}
    libraries["i18n"] = "django.templatetags.i18n"
    return Engine(libraries=libraries, **options).from_string("{% load ahead library %}" + source)


async def answer(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


class Person:
    """Async where an application would be."""

    name = "Ann <b>"

    async def friend(self) -> Person:
        return Person()

    async def names(self) -> list[str]:
        return ["<1>", "2"]

    async def safe(self) -> str:
        return mark_safe("<i>")

    async def numbers(self) -> AsyncIterator[int]:
        for number in (1, 2):
            yield number

    async def by_key(self) -> dict[str, Any]:
        return {"key": {"deep": self.names}}

    async def returns_callable(self) -> Any:
        return lambda: "called"

    async def more(self, number: int) -> int:
        return number

    async def fails(self) -> str:
        raise ZeroDivisionError

    def sync(self) -> str:
        return "sync"


class EveryPlace:
    """The cases, for a render in a thread beside a loop and for one with no loop anywhere."""

    def rendered(self, source: str, **context: Any) -> str:
        raise NotImplementedError

    def check(self, source: str, expected: str, **context: Any) -> None:
        self.assertEqual(self.rendered(source, p=Person(), **context), expected)  # type: ignore[attr-defined]  # a mixin of test cases

    def test_value_is_escaped_as_a_variable_is(self) -> None:
        self.check("{% await p.friend.name %}", "Ann &lt;b&gt;")
        self.check("{% await p.safe %}", "<i>")
        self.check("{% autoescape off %}{% await p.friend.name %}{% endautoescape %}", "Ann <b>")
        self.check("{% await p.names|join:'<' %}", "&lt;1&gt;<2")
        self.check("{% await p.names.0|safe %}", "<1>")

    def test_filter_awaits_only_what_is_looked_at(self) -> None:
        self.check("{% for n in p.names|awaited %}{{ n }}{% endfor %}", "&lt;1&gt;2")
        self.check("{% if p.names|awaited|length == 2 %}two{% endif %}{% if p.sync|awaited %}s{% endif %}", "twos")
        self.check("{% if p.none and p.fails|awaited %}{% elif p.numbers|awaited == l %}l{% endif %}", "l", l=[1, 2])
        self.check("{{ p.safe|awaited }}{{ p.none|awaited }}", "<i>")

    def test_as_keeps_the_value_and_prints_nothing(self) -> None:
        self.check("{% await p.names as n %}{{ n.0 }}{{ n|length }}", "&lt;1&gt;2")
        self.check("{% with 1 as a %}{% await p.names as n %}{% endwith %}[{{ n }}]", "[]")

    def test_chain_of_lookups(self) -> None:
        self.check("{% await p.friend.friend.name|upper %}", "ANN &lt;B&gt;")
        self.check("{% await p.by_key.key.deep.1 %}", "2")

    def test_result_is_not_called_again(self) -> None:
        self.check("{% await p.returns_callable as f %}{{ f }}", "called")

    def test_async_generator_is_a_list(self) -> None:
        self.check("{% await p.numbers|join:'-' %}", "1-2")
        self.check("{% await p.numbers as ns %}{% for n in ns %}{{ n }}{% endfor %}", "12")

    def test_container_that_only_async_code_iterates_keeps_its_attributes(self) -> None:
        class Page:
            number = 3

            def __aiter__(self) -> AsyncIterator[int]:
                return Person().numbers()

            async def rows(self) -> list[int]:
                return [1, 2]

        self.check("{% await page.rows|join:'-' %}{% await page as p %}{{ p.number }}", "1-23", page=Page())

    def test_filter_argument(self) -> None:
        self.check("{% await one|add:two %}", "3", one=lambda: answer(1), two=lambda: answer(2))

    def test_coroutine_in_the_context(self) -> None:
        self.check("{% await c %}", "&lt;", c=answer("<"))

    def test_value_that_needs_no_awaiting(self) -> None:
        self.check("{% await p.sync %}{% await 'a' %}{% await 1 %}{% await n|default:'none' %}", "synca1none")

    def test_inside_of_tags(self) -> None:
        self.check("{% for i in 'ab' %}{{ i }}{% await p.sync %}{% await p.names.1 %}{% endfor %}", "async2bsync2")
        self.check("{% await p.names as n %}{% if n %}yes{% endif %}", "yes")
        self.check("{% box p %}{% await p.names.1 %}{% endbox %}", "[2]")
        self.check("{% with f=p.friend %}{% await f.name %}{% endwith %}", "Ann &lt;b&gt;")
        self.check("{% filter upper %}{% await p.safe %}{% endfilter %}", "<I>")

    def test_exception_of_what_is_awaited(self) -> None:
        async def failing() -> None:
            raise ZeroDivisionError("here")

        with self.assertRaisesRegex(ZeroDivisionError, "here"):  # type: ignore[attr-defined]  # a mixin of test cases
            self.rendered("{% await failing %}", failing=failing)

    def test_silent_failure_is_silent(self) -> None:
        self.check("[{% await author.nobody %}{% await author.nobody.name %}]", "[]", author=Author(name="A"))

    def test_missing_names_and_arguments(self) -> None:
        self.check("[{% await nothing %}{% await p.nothing %}{% await p.friend.nothing %}{% await p.more %}]", "[]")
        self.check("{% await p.friend.nothing|default_if_none:'x' %}", "")

    def test_awaited_twice(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "await c .*awaited before.*as value"):  # type: ignore[attr-defined]  # a mixin of test cases
            self.rendered("{% await c %}{% await c %}", c=answer(1))

    def test_nothing_is_left_unawaited(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.check("{% await p.friend.friend.name|upper %}{% await p.names as n %}", "ANN &lt;B&gt;")
            gc.collect()


class BesideALoop(EveryPlace, SimpleTestCase):
    def rendered(self, source: str, **context: Any) -> str:
        async def main() -> str:
            return await arender_template(compiled(source), Context(context))

        return asyncio.run(main())

    def test_waits_on_the_loop_of_the_request(self) -> None:
        async def loop() -> object:
            return asyncio.get_running_loop()

        async def main() -> None:
            context = Context({"loop": loop})
            await arender_template(compiled("{% await loop as here %}{{ f }}"), context)
            template = compiled("{% await loop as here %}{% if here is there %}same{% endif %}")
            context = Context({"loop": loop, "there": asyncio.get_running_loop()})
            self.assertEqual(await arender_template(template, context), "same")

        asyncio.run(main())

    def test_task_of_the_view(self) -> None:
        async def main() -> str:
            return await arender_template(compiled("{% await t %}"), Context({"t": asyncio.create_task(answer("x"))}))

        self.assertEqual(asyncio.run(main()), "x")


class WithoutALoop(EveryPlace, SimpleTestCase):
    def rendered(self, source: str, **context: Any) -> str:
        return str(compiled(source).render(Context(context)))


class Queries(TestCase):
    """Awaited methods that query run in the thread of the render, in its transaction."""

    @classmethod
    def setUpTestData(cls) -> None:
        Book.objects.create(title="One", author=Author.objects.create(name="Ann"))

    source = (
        "{% await author.title_list as titles %}{{ titles|join:',' }}{% for b in author.books.all %}{{ b }}{% endfor %}"
    )

    async def test_in_async_code(self) -> None:
        context = Context({"author": await Author.objects.afirst()})
        self.assertEqual(await arender_template(compiled(self.source), context), "OneOne")

    def test_in_sync_code(self) -> None:
        self.assertEqual(compiled(self.source).render(Context({"author": Author.objects.get()})), "OneOne")

    async def test_manager(self) -> None:
        template = compiled("{% await authors.newest.name %}")
        self.assertEqual(await arender_template(template, Context({"authors": Author.objects})), "Ann")

    async def test_queryset_stays_lazy(self) -> None:
        template = compiled("{% await books as b %}{{ b.count }}{{ b.0 }}")
        self.assertEqual(await arender_template(template, Context({"books": Book.objects.order_by("pk")})), "1One")


class Elsewhere(SimpleTestCase):
    async def test_render_on_the_event_loop_says_so(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for source in ("{% await p.friend %}", "{% await p.numbers %}"):
                with self.assertRaisesRegex(SynchronousOnlyOperation, "await arender"):
                    compiled(source).render(Context({"p": Person()}))
            gc.collect()

    async def test_value_without_awaitable_needs_no_thread(self) -> None:
        self.assertEqual(compiled("{% await p.sync %}").render(Context({"p": Person()})), "sync")

    def test_loads_without_installed_app(self) -> None:
        template = engines["django"].from_string("{% load ahead %}{% await x %}")
        self.assertEqual(template.render({"x": answer("<")}), "&lt;")

    def test_string_if_invalid(self) -> None:
        template = compiled("{% await p.nothing %}", string_if_invalid="?%s?")
        self.assertEqual(template.render(Context({"p": Person()})), "?p.nothing?")

    @override_settings(USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="de")
    def test_localised_as_a_variable_is(self) -> None:
        template = compiled("{% await n %}|{{ m }}")
        first, second = template.render(Context({"n": answer(1234.5), "m": 1234.5})).split("|")
        self.assertEqual(first, second)

    async def test_context_variables_of_the_render(self) -> None:
        from django.utils import translation

        async def language() -> str:
            return translation.get_language() or ""

        template = compiled(
            "{% load i18n %}{% language 'de' %}{% await language %}{% endlanguage %}{% await language %}"
        )
        text = await sync_to_async(template.render)(Context({"language": language}))
        self.assertEqual(text, "deen-us")

    def test_syntax(self) -> None:
        for source in (
            "{% await %}",
            "{% await a b %}",
            "{% await a as %}",
            "{% await a as b.c %}",
            "{% await a as b c %}",
        ):
            with self.subTest(source), self.assertRaisesRegex(TemplateSyntaxError, "takes one expression"):
                compiled(source)
        with self.assertRaisesRegex(TemplateSyntaxError, "Invalid filter"):
            compiled("{% await a|nonsense %}")

"""arender and its relatives: the same text, signals and exceptions as stock, in one hop of the request's own thread."""

from __future__ import annotations

import asyncio
import threading

from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.http import HttpResponse
from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError, engines, loader
from django.template import Template as BareTemplate
from django.template.backends.django import Template as StockTemplate
from django.test import RequestFactory, SimpleTestCase, TestCase

from django_ahead.shortcuts import (
    aget_template,
    arender,
    arender_template,
    arender_to_string,
    aselect_template,
)
from django_ahead.template.response import SimpleTemplateResponse, TemplateResponse
from library.models import Author, Book
from library.tests.hops import counted


class Site(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        author = Author.objects.create(name="Ann <b>")
        for title in ("One", "Two & more"):
            Book.objects.create(title=title, author=author)


class Views(Site):
    async def test_same_page_as_stock_with_lazy_querysets_and_user(self) -> None:
        page = await self.async_client.get("/books/")
        stock = await self.async_client.get("/books/sync/")
        self.assertEqual(page.content, stock.content)
        self.assertEqual(page.headers["Content-Type"], stock.headers["Content-Type"])
        self.assertContains(page, "<li>Two &amp; more by Ann &lt;b&gt;</li>", html=True)
        self.assertContains(page, "Books of AnonymousUser")

    async def test_signal_reaches_test_client(self) -> None:
        page = await self.async_client.get("/books/")
        self.assertTemplateUsed(page, "library/books.html")
        self.assertTemplateUsed(page, "library/base.html")
        self.assertEqual([book.title for book in page.context["books"]], ["One", "Two & more"])
        with self.assertTemplateUsed("library/card.html"):
            await arender_to_string("library/card.html", {"author": Author(name="A")})

    async def test_template_response_is_rendered_by_handler_and_by_hand(self) -> None:
        stock = await self.async_client.get("/books/sync/")
        for path in ("/books/response/", "/books/response/rendered/"):
            with self.subTest(path):
                page = await self.async_client.get(path)
                self.assertEqual(page.content, stock.content)
                self.assertTemplateUsed(page, "library/books.html")
        self.assertEqual(page.headers["X-Rendered"], "once")

    async def test_awaited_page(self) -> None:
        page = await self.async_client.get("/awaited/")
        self.assertContains(page, "<title>editor of Ann &lt;b&gt;</title>", html=True)
        self.assertContains(page, "<li>Two &amp; more</li>", html=True)
        self.assertContains(page, "<b>editor of Ann &lt;b&gt;</b>", count=2)
        self.assertContains(page, "[1-2-3]")
        self.assertContains(page, "ONE")

    async def test_status_and_content_type(self) -> None:
        request = RequestFactory().get("/")
        page = await arender(request, "library/card.html", {"author": None}, "text/plain", 418, using="stock")
        self.assertEqual((page.status_code, page.headers["Content-Type"]), (418, "text/plain"))


class OneHop(Site):
    def test_page_with_queries_is_one_hop(self) -> None:
        context = {"books": Book.objects.all()}
        with counted() as hops, self.assertNumQueries(3):
            async_to_sync(arender)(RequestFactory().get("/"), "library/books.html", context)
        self.assertEqual((hops.to_threads, hops.to_loops), (1, 1), "the loop is what this test itself began")

    async def test_template_response_is_one_hop(self) -> None:
        response = TemplateResponse(RequestFactory().get("/"), "library/books.html", {"books": Book.objects.all()})
        with counted() as hops:
            self.assertIs(await response.arender(), response)
            self.assertIs(await response.arender(), response)
        self.assertEqual(hops.to_threads, 1)

    async def test_backend_and_list_of_names_are_one_hop(self) -> None:
        template = engines["django"].get_template("library/books.html")
        with counted() as hops:
            await template.arender({"books": Book.objects.all()})
        self.assertEqual(hops.to_threads, 1)
        with counted() as hops:
            await arender_to_string(["library/nope.html", "library/books.html"], {"books": Book.objects.all()})
        self.assertEqual(hops.to_threads, 1)


class OwnThread(SimpleTestCase):
    def test_each_request_renders_in_its_own_thread_with_its_processors(self) -> None:
        async def request() -> tuple[str, str, str]:
            async with ThreadSensitiveContext():
                own = await sync_to_async(threading.current_thread)()
                text = await arender_to_string("thread.html", {"here": threading.current_thread}, self.request)
                return own.name, *text.split("|")

        async def main() -> list[tuple[str, str, str]]:
            return await asyncio.gather(*(request() for _ in range(3)))

        self.request = RequestFactory().get("/")
        found = asyncio.run(main())
        for own, in_processor, in_template in found:
            self.assertEqual({own, in_processor, in_template}, {own})
        self.assertEqual(len({own for own, _, _ in found}), 3)


class Templates(Site):
    async def test_templates_that_are_loaded_have_arender(self) -> None:
        for using in ("django", "stock", "jinja", "async-jinja", "stock-async-jinja"):
            name = "page.jinja" if "jinja" in using else "library/card.html"
            with self.subTest(using):
                template = await aget_template(name, using=using)
                selected = await aselect_template(["nope", name], using=using)
                context = {"name": "N", "author": Author(name="A")}
                self.assertEqual(await template.arender(context), await selected.arender(context))
                self.assertIn("A", await template.arender(context))
        self.assertIsInstance(await aget_template("library/card.html", using="stock"), StockTemplate)

    async def test_engine_has_aget_template(self) -> None:
        for using, name in (("django", "library/card.html"), ("jinja", "page.jinja")):
            template = await engines[using].aget_template(name)
            self.assertIn("A", await template.arender({"author": Author(name="A")}))

    async def test_bare_template_with_context(self) -> None:
        self.assertEqual(await arender_template(BareTemplate("{{ a }}"), Context({"a": "<"})), "&lt;")

    async def test_backend_of_somebody_else(self) -> None:
        class Theirs:
            origin = "theirs"

            def render(self, context: object = None, request: object = None) -> str:
                return f"theirs {context}"

        from django_ahead.template.offload import with_arender

        template = with_arender(Theirs())
        self.assertEqual(await template.arender({"a": 1}), "theirs {'a': 1}")
        self.assertEqual(template.origin, "theirs")  # type: ignore[attr-defined]  # theirs

    async def test_backend_template_refuses_a_context_as_stock_does(self) -> None:
        with self.assertRaisesRegex(TypeError, "context must be a dict rather than Context"):
            await arender_template(loader.get_template("library/card.html"), Context({}))

    async def test_simple_template_response(self) -> None:
        response = SimpleTemplateResponse("library/card.html", {"author": Author(name="A")})
        done = await response.arender()
        self.assertIsInstance(done, HttpResponse)
        self.assertIn(b"editor of A", done.content)


class Jinja(Site):
    async def test_async_environment_renders_on_the_event_loop(self) -> None:
        author = await Author.objects.afirst()
        for using in ("async-jinja", "stock-async-jinja"):
            with self.subTest(using):
                text = await arender_to_string("async.jinja", {"author": author}, using=using)
                self.assertEqual(text, "One,Two &amp; more")

    async def test_context_processors_run_in_the_hop(self) -> None:
        for using in ("jinja", "async-jinja", "stock-async-jinja"):
            with self.subTest(using), counted() as hops:
                request = RequestFactory().get("/")
                text = await arender_to_string("page.jinja", {"name": "N"}, request, using=using)
                own = await sync_to_async(lambda: threading.current_thread().name)()
                self.assertEqual(text, f"N {own} ")
                self.assertEqual(hops.to_threads, 2)

    def test_sync_render_of_async_environment(self) -> None:
        template = engines["async-jinja"].get_template("page.jinja")
        self.assertEqual(template.render({"name": "N"}), "N  ")

    async def test_syntax_error_is_djangos_with_its_line(self) -> None:
        for using in ("jinja", "async-jinja"):
            with self.subTest(using), self.assertRaises(TemplateSyntaxError) as caught:
                await arender_to_string("syntax.jinja", {}, using=using)
            self.assertEqual(caught.exception.template_debug["line"], 2)


def _tried(error: TemplateDoesNotExist, name: str) -> list[list[str]]:
    return [[str(origin).replace(name, "") for origin, _ in part.tried] for part in error.chain]


class Errors(Site):
    async def test_missing_template_is_the_same_exception(self) -> None:
        with self.assertRaises(TemplateDoesNotExist) as stock:
            loader.get_template("library/none.html")
        # Other names: a cached loader tells only the first time what it tried.
        for call, name in ((arender_to_string, "none1"), (aget_template, "none2")):
            with self.subTest(call), self.assertRaises(TemplateDoesNotExist) as ours:
                await call(f"library/{name}.html")
            self.assertEqual(ours.exception.args, (f"library/{name}.html",))
            self.assertEqual(_tried(ours.exception, name), _tried(stock.exception, "none"))
        with self.assertRaises(TemplateDoesNotExist):
            await aselect_template(["library/none.html", "library/neither.html"])

    async def test_syntax_error_is_the_same_exception(self) -> None:
        with self.assertRaises(TemplateSyntaxError) as stock:
            loader.get_template("library/syntax_error.html")
        with self.assertRaises(TemplateSyntaxError) as ours:
            await arender_to_string("library/syntax_error.html")
        self.assertEqual(str(ours.exception), str(stock.exception))

    async def test_cancelled_render_cancels_what_it_awaits(self) -> None:
        seen: list[str] = []
        begun = asyncio.Event()

        async def first() -> str:
            seen.append("first")
            return "1"

        async def slow() -> None:
            begun.set()
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

        async def after() -> None:
            seen.append("after")

        template = BareTemplate("{% load ahead %}{% await first %}{% await slow %}{% await after %}")
        context = Context({"first": first, "slow": slow, "after": after})
        task = asyncio.create_task(arender_template(template, context))
        await asyncio.wait_for(begun.wait(), 5)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
        self.assertEqual(seen, ["first", "cancelled"])
        # and the thread is free for the next
        self.assertEqual(await asyncio.wait_for(arender_template(BareTemplate("x"), Context({})), 5), "x")

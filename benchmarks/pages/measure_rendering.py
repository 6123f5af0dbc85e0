"""Measures CPU time per page under the Django that runs it, and prints JSON. rendering.py runs it.

A page has 20 rows, three queries, inheritance, an include per row and filters. 20 requests render at a time, each in a
thread-sensitive context of its own, with its thread and its database connection. "warm" requests have both already, as
after a middleware that loaded the session: that is the render alone. "cold" ones begin with neither.
Stock renders one page after the other in one thread with one connection; cold, 20 pages at a time too, each in a thread
of its own, which opens a connection of its own: as a sync view has it in a threaded server, and under ASGI.
All of it runs on one core: on two, threads that wait for the interpreter lock take as much time again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings

REQUESTS, PAGES = 20, 5


def configure(database: str) -> None:
    settings.configure(
        SECRET_KEY="benchmark",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        INSTALLED_APPS=["django_ahead"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [Path(__file__).parent / "templates"],
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
    )
    django.setup()


def main(rounds: int) -> dict[str, list[float]]:
    """Microseconds of CPU time per page: of each way a number per round. The ways take turns."""
    from django.db import connection, models
    from django.shortcuts import render
    from django.test import RequestFactory

    from django_ahead.shortcuts import arender

    class Book(models.Model):
        title: models.CharField[str, str] = models.CharField(max_length=50)
        author: models.CharField[str, str] = models.CharField(max_length=50)
        price: models.FloatField[float, float] = models.FloatField()

        class Meta:
            app_label = "pages"

    with connection.schema_editor() as editor:
        editor.create_model(Book)
    Book.objects.bulk_create(Book(title=f"book {i}", author="" if i % 3 else "ann", price=i) for i in range(20))
    request = RequestFactory().get("/books/")

    def context() -> dict[str, Any]:
        books = Book.objects.order_by("pk")
        return {"books": books, "count": books.count, "cheapest": books.order_by("price").first}

    expected = render(request, "page.html", context()).content
    assert len(expected) > 1_000

    def check(response: Any) -> None:
        assert response.content == expected

    def page() -> None:
        check(render(request, "page.html", context()))

    def warm_stock() -> float:
        connection.ensure_connection()
        begun = time.process_time()
        for _ in range(REQUESTS * PAGES):
            page()
        return time.process_time() - begun

    def cold_stock() -> float:
        begun = time.process_time()
        for _ in range(PAGES):
            threads = [ThreadPoolExecutor(max_workers=1) for _ in range(REQUESTS)]
            pages = [thread.submit(page) for thread in threads]
            for one, thread in zip(pages, threads, strict=True):
                one.result()
                thread.shutdown()
        return time.process_time() - begun

    async def cold(how: Callable[..., Awaitable[Any]]) -> float:
        async def one() -> None:
            async with ThreadSensitiveContext():
                check(await how(request, "page.html", context()))

        begun = time.process_time()
        for _ in range(PAGES):
            await asyncio.gather(*(one() for _ in range(REQUESTS)))
        return time.process_time() - begun

    async def warm(how: Callable[..., Awaitable[Any]]) -> float:
        started, ended = asyncio.Event(), asyncio.Event()
        are_ready, are_done = asyncio.Semaphore(0), asyncio.Semaphore(0)

        async def one() -> None:
            async with ThreadSensitiveContext():
                await sync_to_async(lambda: connection.ensure_connection())()
                are_ready.release()
                await started.wait()
                for _ in range(PAGES):
                    check(await how(request, "page.html", context()))
                are_done.release()
                await ended.wait()

        tasks = [asyncio.create_task(one()) for _ in range(REQUESTS)]
        for _ in tasks:
            await are_ready.acquire()
        begun = time.process_time()
        started.set()
        for _ in tasks:
            await are_done.acquire()
        used = time.process_time() - begun
        ended.set()
        await asyncio.gather(*tasks)
        return used

    offloaded = sync_to_async(render)
    ways: dict[str, Callable[[], float]] = {
        "warm stock": warm_stock,
        "warm sync_to_async": lambda: asyncio.run(warm(offloaded)),
        "warm arender": lambda: asyncio.run(warm(arender)),
        "cold stock": cold_stock,
        "cold sync_to_async": lambda: asyncio.run(cold(offloaded)),
        "cold arender": lambda: asyncio.run(cold(arender)),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(way() / (REQUESTS * PAGES) * 1e6)
    return times


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        configure(str(Path(folder) / "pages.sqlite3"))
        print(json.dumps(main(int(sys.argv[1]))))

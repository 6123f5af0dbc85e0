"""Authors with sync and async methods, as a project has them after its migration."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.core.exceptions import ObjectDoesNotExist
from django.db import models


class AuthorManager(models.Manager["Author"]):
    async def newest(self) -> Author | None:
        return await self.order_by("-pk").afirst()


class Author(models.Model):
    name = models.CharField(max_length=100)

    objects = AuthorManager()

    def __str__(self) -> str:
        return self.name

    async def title_list(self) -> list[str]:
        return [book.title async for book in self.books.order_by("pk")]

    async def editor(self) -> Author:
        return Author(name=f"editor of {self.name}")

    async def nobody(self) -> Author:
        raise ObjectDoesNotExist("nobody")

    async def failing(self) -> str:
        raise ZeroDivisionError("in an awaited method")

    async def needs_an_argument(self, number: int) -> int:
        return number

    async def pages(self) -> AsyncIterator[int]:
        for number in (1, 2, 3):
            yield number

    async def description(self) -> str:
        return "async here"


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")

    def __str__(self) -> str:
        return self.title

    def description(self) -> str:
        return "sync there, so no check can say which one a template means"

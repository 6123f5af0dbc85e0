"""`AsyncPaginator` and `AsyncPage`, which Django has from 6.0 on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator

from django_ahead.native import native


class _AsyncPaginator:
    """As `django.core.paginator.AsyncPaginator`. `error_messages` needs a Django whose Paginator has it (5.0)."""

    def __init__(
        self,
        object_list: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
        error_messages: dict[str, str] | None = None,
    ) -> None:
        more: dict[str, Any] = {} if error_messages is None else {"error_messages": error_messages}
        # All that it computes follows from its count, which is set as soon as it is known.
        self._pages = Paginator(object_list, per_page, orphans, allow_empty_first_page, **more)

    def __getattr__(self, name: str) -> Any:
        if name in ("object_list", "per_page", "orphans", "allow_empty_first_page", "error_messages", "ELLIPSIS"):
            return getattr(self._pages, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    async def __aiter__(self) -> AsyncIterator[_AsyncPage]:
        for number in await self.apage_range():
            yield await self.apage(number)

    async def acount(self) -> int:
        """The number of objects on all pages."""
        return (await self._counted()).count

    async def anum_pages(self) -> int:
        """The number of pages."""
        return (await self._counted()).num_pages

    async def apage_range(self) -> range:
        """The numbers of all pages."""
        return (await self._counted()).page_range

    async def avalidate_number(self, number: Any) -> int:
        """The number of a page as an int. Raises PageNotAnInteger and EmptyPage."""
        return (await self._counted()).validate_number(number)

    async def aget_page(self, number: Any) -> _AsyncPage:
        """The page with this number, the first or the last one where there is none."""
        try:
            number = await self.avalidate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = await self.anum_pages()
        return await self.apage(number)

    async def apage(self, number: Any) -> _AsyncPage:
        """The page with this number."""
        page = (await self._counted()).page(number)
        return self._get_page(page.object_list, page.number, self)

    async def aget_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> AsyncIterator[Any]:
        """Page numbers with some of them elided."""
        pages = await self._counted()
        for one in pages.get_elided_page_range(number, on_each_side=on_each_side, on_ends=on_ends):
            yield one

    def _get_page(self, *args: Any, **kwargs: Any) -> _AsyncPage:
        return _AsyncPage(*args, **kwargs)

    async def _counted(self) -> Paginator[Any]:
        """The sync paginator, of which nothing queries any more."""
        if "count" not in vars(self._pages):
            await sync_to_async(getattr)(self._pages, "count")
        return self._pages


class _AsyncPage:
    """As `django.core.paginator.AsyncPage`."""

    def __init__(self, object_list: Any, number: int, paginator: _AsyncPaginator) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"<Async Page {self.number}>"

    async def __aiter__(self) -> AsyncIterator[Any]:
        if hasattr(self.object_list, "__aiter__"):
            async for one in self.object_list:
                yield one
        else:
            for one in self.object_list:
                yield one

    def __len__(self) -> int:
        return len(self._fetched("calling len()"))

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(self._fetched("calling reversed()"))

    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, (int, slice)):
            raise TypeError(f"AsyncPage indices must be integers or slices, not {type(index).__name__}.")
        return self._fetched("using indexing")[index]

    async def aget_object_list(self) -> list[Any]:
        """The objects as a list, which makes the page a sequence of them."""
        if not isinstance(self.object_list, list):
            self.object_list = await sync_to_async(lambda: list(self.object_list))()
        return self.object_list

    async def ahas_next(self) -> bool:
        return self.number < await self.paginator.anum_pages()

    async def ahas_previous(self) -> bool:
        return self.number > 1

    async def ahas_other_pages(self) -> bool:
        return await self.ahas_previous() or await self.ahas_next()

    async def anext_page_number(self) -> int:
        return await self.paginator.avalidate_number(self.number + 1)

    async def aprevious_page_number(self) -> int:
        return await self.paginator.avalidate_number(self.number - 1)

    async def astart_index(self) -> int:
        count = await self.paginator.acount()
        return (self.paginator.per_page * (self.number - 1)) + 1 if count else 0

    async def aend_index(self) -> int:
        if self.number == await self.paginator.anum_pages():
            return await self.paginator.acount()
        return int(self.number * self.paginator.per_page)

    def _fetched(self, before: str) -> list[Any]:
        if not isinstance(self.object_list, list):
            raise TypeError(f"AsyncPage.aget_object_list() must be awaited before {before}.")
        return self.object_list


AsyncPaginator = native("django.core.paginator", "AsyncPaginator", _AsyncPaginator)
AsyncPage = native("django.core.paginator", "AsyncPage", _AsyncPage)

"""Counts thread hops: each call of sync_to_async, and each of async_to_sync from a thread back to a loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from asgiref.sync import AsyncToSync, SyncToAsync


class Hops:
    to_threads = 0
    to_loops = 0


@contextmanager
def counted() -> Iterator[Hops]:
    hops = Hops()
    into_thread, into_loop = SyncToAsync.__call__, AsyncToSync.__call__

    async def to_thread(self: Any, *args: Any, **kwargs: Any) -> Any:
        hops.to_threads += 1
        return await into_thread(self, *args, **kwargs)

    def to_loop(self: Any, *args: Any, **kwargs: Any) -> Any:
        hops.to_loops += 1
        return into_loop(self, *args, **kwargs)

    with mock.patch.object(SyncToAsync, "__call__", to_thread), mock.patch.object(AsyncToSync, "__call__", to_loop):
        yield hops

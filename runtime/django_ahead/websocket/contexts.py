"""The threads that the sync code of all sockets shares: each socket is pinned to one of a few.

A thread for each socket, as requests have, would be a thousand threads and database connections for a thousand
sockets. One thread for all, as in Channels, makes every query wait for every other.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from concurrent.futures import Executor
from contextvars import ContextVar
from functools import cache

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext
from django.db import close_old_connections, connections

from django_ahead.conf import websocket_settings

# Off in tests with a communicator: there consumers use the thread, and so the transaction, of the test.
pinning: ContextVar[bool] = ContextVar("pinning", default=True)
_turn = itertools.count()


@contextlib.contextmanager
def pinned() -> Iterator[ThreadSensitiveContext | None]:
    """Sync code in the block runs in the next thread of the pool, unless its thread is decided already."""
    context = _next()
    if context is None:
        yield None
        return
    token = SyncToAsync.thread_sensitive_context.set(context)
    try:
        yield context
    finally:
        SyncToAsync.thread_sensitive_context.reset(token)


def current() -> ThreadSensitiveContext | None:
    """The one that the running code is pinned to."""
    return SyncToAsync.thread_sensitive_context.get(None)


def is_shared() -> bool:
    """Whether sync code of the running socket runs in the one thread that all of asgiref shares.

    That is so under the application of Channels, which pins sockets to no threads.
    """
    return current() is None and not _began_in_sync_code()


def clean(context: ThreadSensitiveContext | None) -> asyncio.Future[None] | None:
    """Has the thread of a context close connections that are too old or broken; None if it has no thread yet.

    Without a context it is the one that all of asgiref shares.
    """
    executor = _thread(context)
    if executor is None:
        return None
    return asyncio.get_running_loop().run_in_executor(executor, close_old_connections)


def _thread(context: ThreadSensitiveContext | None) -> Executor | None:
    if context is not None:
        return SyncToAsync.context_to_thread_executor.get(context)
    return None if _began_in_sync_code() else SyncToAsync.single_thread_executor


def _began_in_sync_code() -> bool:
    """Whether the loop was started by sync code, such as an async test, whose thread is the place of sync code."""
    return asyncio.get_running_loop() in AsyncToSync.loop_thread_executors


def clean_all() -> list[asyncio.Future[None]]:
    """Has every thread of the pool close connections that are too old or broken."""
    return [done for done in map(clean, _pool()) if done is not None]


async def close_all() -> None:
    """Closes every connection of the threads of the pool."""
    loop = asyncio.get_running_loop()
    executors = [SyncToAsync.context_to_thread_executor.get(context) for context in _pool()]
    await asyncio.gather(*(loop.run_in_executor(each, connections.close_all) for each in executors if each is not None))


def _next() -> ThreadSensitiveContext | None:
    if not pinning.get() or SyncToAsync.thread_sensitive_context.get(None) is not None:
        return None
    if _began_in_sync_code():
        return None
    pool = _pool()
    return pool[next(_turn) % len(pool)]


@cache
def _made(size: int) -> tuple[ThreadSensitiveContext, ...]:
    return tuple(ThreadSensitiveContext() for _ in range(size))


def _pool() -> tuple[ThreadSensitiveContext, ...]:
    return _made(max(1, websocket_settings().db_contexts))

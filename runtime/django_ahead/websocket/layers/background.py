"""Sync code on an event loop cannot wait for what is async: it is begun, and ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

# A loop keeps only weak references to its tasks.
_tasks: set[asyncio.Task[Any]] = set()


def begin(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Runs it on the running loop."""
    task = asyncio.get_running_loop().create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


def is_on_loop() -> bool:
    """Whether this thread is running an event loop right now."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True

"""Work in processes, where one that dies costs its own item and nothing else."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The result of one item, with the index of the item."""

    index: int
    result: Result


@dataclass(frozen=True, slots=True)
class Died:
    """The process that worked on the item at `index` died: killed, out of memory or aborted by native code."""

    index: int


def in_processes(
    task: Callable[[Item], Result], items: Sequence[Item], jobs: int, context: BaseContext | None = None
) -> Iterator[Done[Result] | Died]:
    """`task` of each item, as they are done; each index comes once, in any order.

    Args:
        task: a module-level function, or a `functools.partial` of one: it is sent to other processes.
        items: what to work on; no more than `jobs` of them are under way at once.
        jobs: how many processes.
        context: how processes are started; the default of the platform if not given.

    An exception of `task` is raised here. When the caller stops early or is interrupted, the items under way are
    finished, nothing else is begun, and no process is left behind.
    """
    todo = list(range(len(items)))[::-1]
    while todo:
        suspects: list[int] = []
        for outcome in _until_broken(task, items, todo, jobs, context):
            if isinstance(outcome, Died):
                suspects.append(outcome.index)
            else:
                yield outcome
        # One of those under way killed its process, and with it the pool: alone, each shows whether it was the one.
        for index in sorted(suspects):
            yield from _until_broken(task, items, [index], 1, context)


def _until_broken(
    task: Callable[[Item], Result], items: Sequence[Item], todo: list[int], jobs: int, context: BaseContext | None
) -> Iterator[Done[Result] | Died]:
    """Works `todo` off from its end; stops when a process dies, with a `Died` for each item then under way."""
    workers = max(1, min(jobs, len(todo)))
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts_to_the_parent)
    running: dict[Future[Result], int] = {}
    broken = False
    try:
        while running or (todo and not broken):
            while todo and len(running) < workers and not broken:
                try:
                    running[pool.submit(task, items[todo[-1]])] = todo[-1]
                    todo.pop()
                except BrokenProcessPool:
                    broken = True
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                index = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    broken = True
                    yield Died(index)
                else:
                    yield Done(index, future.result())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""Work in processes: one that dies costs its own item only."""

from __future__ import annotations

import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import time

import pytest

from amigrate.processes import Died, Done, in_processes


def die_on_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def die(number: int) -> int:
    os._exit(1)


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_process_that_dies_costs_one_item(jobs: int) -> None:
    answers = list(in_processes(die_on_three, range(8), jobs))
    assert sorted(answer.index for answer in answers) == list(range(8))
    assert [answer for answer in answers if isinstance(answer, Died)] == [Died(3)]
    assert all(answer.result == answer.index * 2 for answer in answers if isinstance(answer, Done))


def test_all_may_die() -> None:
    answers = list(in_processes(die, range(3), 2))
    assert sorted(answers, key=lambda answer: answer.index) == [Died(0), Died(1), Died(2)]


def test_works_in_processes_that_are_spawned() -> None:
    answers = in_processes(operator.neg, [1, 2], 2, multiprocessing.get_context("spawn"))
    assert sorted(answer.result for answer in answers if isinstance(answer, Done)) == [-2, -1]


def test_an_error_of_the_task_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_processes((1).__truediv__, [1, 0], 2))


def test_nothing_to_do() -> None:
    assert list(in_processes(operator.neg, [], 4)) == []


INTERRUPTED = """
import sys, time
from amigrate.processes import in_processes

if __name__ == "__main__":
    print("started", flush=True)
    try:
        list(in_processes(time.sleep, [0.5] * 100, 2))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_interrupt_ends_it_soon_and_without_noise() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as at a terminal, the whole group gets the signal
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    time.sleep(1)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)
    assert time.monotonic() - began < 10

"""Many files, in processes: in order, and one that fails costs itself only."""

from __future__ import annotations

import hashlib
import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from amigrate.codemod import SiteCodemod
from amigrate.model import Failure, FilePlan, Site
from amigrate.rewrite import Died, Done, Success, in_processes, rewrite_files

Load = Callable[[], Mapping[str, SiteCodemod]]
SitesIn = Callable[..., list[Site]]


@pytest.fixture
def plans(tmp_path: Path, sites_in: SitesIn) -> list[FilePlan]:
    made = []
    for number in range(6):
        source = f"def f():\n    return get({number})\n".encode()
        (tmp_path / f"f{number}.py").write_bytes(source)
        sites = tuple(sites_in(source, ("Call", "get", "await")))
        made.append(FilePlan(f"f{number}.py", hashlib.sha256(source).hexdigest(), sites))
    return made


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_outcomes_come_in_the_order_of_the_plans(
    tmp_path: Path, plans: list[FilePlan], load_codemods: Load, jobs: int
) -> None:
    seen: list[str] = []
    outcomes = rewrite_files(tmp_path, plans[::-1], load_codemods, jobs, done=lambda outcome: seen.append(outcome.path))
    assert [outcome.path for outcome in outcomes] == [f"f{number}.py" for number in range(5, -1, -1)]
    assert sorted(seen) == [f"f{number}.py" for number in range(6)]
    for outcome in outcomes:
        assert isinstance(outcome, Success)
        number = outcome.path[1]
        assert outcome.rewritten.after == f"def f():\n    return (await get({number}))\n".encode()
        assert (tmp_path / outcome.path).read_bytes() == outcome.before


def test_a_file_that_fails_costs_itself_only(tmp_path: Path, plans: list[FilePlan], load_codemods: Load) -> None:
    (tmp_path / "f1.py").write_bytes(b"changed = True\n")
    (tmp_path / "f2.py").unlink()
    outside = tmp_path.parent / f"{tmp_path.name}-outside.py"
    outside.write_bytes((tmp_path / "f3.py").read_bytes())
    (tmp_path / "f3.py").unlink()
    (tmp_path / "f3.py").symlink_to(outside)
    outcomes = rewrite_files(tmp_path, plans, load_codemods, 2)
    failures = {outcome.path: outcome.reason for outcome in outcomes if isinstance(outcome, Failure)}
    assert failures == {
        "f1.py": "changed while amigrate was running; run again",
        "f2.py": "cannot be read: No such file or directory",
        "f3.py": "is a link to outside of the project; left alone",
    }
    assert sum(isinstance(outcome, Success) for outcome in outcomes) == 3


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


def test_nothing_to_do(tmp_path: Path, load_codemods: Load) -> None:
    assert rewrite_files(tmp_path, [], load_codemods, 4) == ()


INTERRUPTED = """
import sys, time
from amigrate.rewrite import in_processes

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

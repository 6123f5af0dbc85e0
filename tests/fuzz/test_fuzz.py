"""Some random programs do the same before and after; the same seed gives the same program; a wrong one is noticed."""

from __future__ import annotations

import sys
from pathlib import Path
from random import SystemRandom

from tests.fuzz.grammar.program import program
from tests.fuzz.judging import Tally, judge
from tests.fuzz.reducing import reduced
from tests.semantics.runner import Case, build, compare, execute

FIXED, RANDOM = 20, 20


def test_some_programs() -> None:
    """A failure names the seed: run `python tests/fuzz/fuzz.py --seed … --only …` to see it made small."""
    seed = SystemRandom().randrange(10**6)
    cases = [program(f"1-{n}") for n in range(FIXED)] + [program(f"{seed}-{n}") for n in range(RANDOM)]
    tally = Tally()
    wrong = judge(sys.executable, cases, tally)
    assert not wrong, "\n\n".join(
        "\n".join((one.case.name, *one.problems, one.case.source, "# --- after", one.migrated)) for one in wrong
    )
    assert tally.ran > 0.9 * len(cases), tally.summary()
    assert tally.changed > 0.25 * tally.ran, tally.summary()


def test_a_seed_is_a_program() -> None:
    assert program("7-3") == program("7-3")
    assert len({program(f"7-{n}").source for n in range(50)}) == 50


def test_a_wrong_rewrite_is_noticed(tmp_path: Path) -> None:
    case = Case("wrong", "def f():\n    return Task.objects.count()\n", "either", {"kind": "func"})
    case = Case("wrong", "from desk.models import Task\n\n" + case.source, "either", case.spec)
    build(tmp_path / "project", [case])
    before = execute(sys.executable, tmp_path / "project", [case])
    file = tmp_path / "project" / "cases" / "wrong.py"
    file.write_text(file.read_text().replace("def f", "async def f"))
    (outcome,) = compare(sys.executable, tmp_path / "project", [case], before, {})
    assert any("SynchronousOnlyOperation" in problem for problem in outcome.problems)


def test_statements_are_taken_out_as_long_as_it_stays_wrong() -> None:
    source = "def g():\n    return 1\n\ndef f():\n    for x in range(3):\n        if x:\n            bad(1 + x)\n"
    small = reduced(source, lambda texts: next((text for text in texts if "bad(" in text), None))
    assert small == "bad()\n"

"""Random programs, migrated and executed before and after on a real Django: `python tests/fuzz/fuzz.py --help`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from random import SystemRandom

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "codemods"), str(ROOT / "cli")]

from tests.fuzz.grammar.program import program
from tests.fuzz.judging import Tally, judge
from tests.fuzz.reducing import reduce
from tests.semantics.runner import Case

FLOOR = 0.4  # the share of programs of which something must be migrated


def main() -> int:
    """1 when a program did something else after its migration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with Django")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--only", help="the numbers of the programs, such as 3 or 3,17", default="")
    parser.add_argument("--batch", type=int, default=250, help="programs in one project")
    parser.add_argument("--show", type=int, default=3, help="how many of the wrong ones to reduce and to print")
    parser.add_argument("--keep", type=Path, help="leave the projects in this folder")
    parser.add_argument("--save", type=Path, help="write the wrong programs into this folder, for --file")
    parser.add_argument("--file", type=Path, nargs="*", help="saved programs instead of new ones", default=[])
    parser.add_argument("-v", action="store_true", help="also print why functions were left")
    given = parser.parse_args()
    numbers = [0] if given.file else [int(n) for n in given.only.split(",")] if given.only else list(range(given.count))
    print(f"seed {given.seed}", flush=True)
    tally, started = Tally(), time.monotonic()
    for at in range(0, len(numbers), given.batch):
        cases = [program(f"{given.seed}-{n}") for n in numbers[at : at + given.batch]]
        cases = [_saved(file) for file in given.file] or cases
        for one in judge(given.python, cases, tally, given.keep and given.keep / str(at)):
            seed, _, number = one.case.name.removeprefix("m").partition("_")
            print(f"WRONG --seed {seed} --only {number}: {'; '.join(one.problems)[:400]}", flush=True)
            if given.save:
                given.save.mkdir(parents=True, exist_ok=True)
                text = f"# {json.dumps([one.case.spec, one.case.others])}\n{one.case.source}"
                (given.save / f"{one.case.name}.py").write_text(text)
            if given.only or given.file:
                for name, source in one.case.others.items():
                    print(f"# --- {name}\n{source}")
                print(f"{one.case.source}\n# --- after\n\n{one.migrated}")
    for one in tally.wrong[: given.show]:
        small = reduce(given.python, one)
        print(f"\n### {one.case.name} reduced: {'; '.join(small.problems)[:600]}\n")
        print(f"{small.case.source}\n# --- after\n\n{small.migrated}", flush=True)
    if given.v:
        for reason, n in tally.reasons.most_common(60):
            print(f"{n:5} {reason}")
    print(f"seed {given.seed}: {tally.summary()}; {time.monotonic() - started:.0f} s")
    if tally.changed < FLOOR * tally.ran and not (given.only or given.file):
        print(f"fewer than {FLOOR:.0%} of the programs were changed: this tests little")
        return 1
    return bool(tally.wrong)


def _saved(file: Path) -> Case:
    head, _, source = file.read_text().partition("\n")
    spec, others = json.loads(head.removeprefix("# "))
    return Case(file.stem, source, "either", spec, others)


if __name__ == "__main__":
    sys.exit(main())

"""CPU time of a page through arender, against stock and against sync_to_async: python benchmarks/rendering.py

Prints a table, and exits with 1 if a limit is exceeded. "warm" and "cold" are explained in pages/measure_rendering.py.
Ratios are medians of rounds, in each of which all ways take their turn: other work on the machine hits them alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.environments import environment

DJANGOS = ("4.2", "6.1")
# What arender may cost of each other way.
LIMITS = {
    (request, way): limit for request in ("warm", "cold") for way, limit in (("stock", 1.25), ("sync_to_async", 1.05))
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="of 100 pages a way (default: 20)")
    arguments = parser.parse_args()
    within = True
    print("| Django | request | stock | sync_to_async | arender | over stock | over sync_to_async |")
    print("|---|---|---|---|---|---|---|")
    for django in DJANGOS:
        times = measured(django, arguments.rounds)
        for request in ("warm", "cold"):
            cells = [f"{median(times[f'{request} {way}']):,.0f} µs" for way in ("stock", "sync_to_async", "arender")]
            for way in ("stock", "sync_to_async"):
                ratio = median(
                    ours / theirs
                    for ours, theirs in zip(times[f"{request} arender"], times[f"{request} {way}"], strict=True)
                )
                limit = LIMITS.get((request, way))
                cells.append(f"{ratio:.2f}" + (f" (≤ {limit})" if limit else ""))
                within = within and (limit is None or ratio <= limit)
            print(f"| {django} | {request} | {' | '.join(cells)} |", flush=True)
    return 0 if within else 1


def measured(django: str, rounds: int) -> dict[str, list[float]]:
    """Microseconds of CPU time per page of each way, by round."""
    script = ROOT / "benchmarks" / "pages" / "measure_rendering.py"
    done = subprocess.run(
        [environment(django), script, str(rounds)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "runtime")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    times: dict[str, list[float]] = json.loads(done.stdout)
    return times


if __name__ == "__main__":
    sys.exit(main())

"""CPU time and peak memory of amigrate and its peers on large real trees, as Markdown tables.

    python benchmarks/run.py [TREE ...] [--rounds N] [--work DIR]

Ratios are to django-upgrade, which like amigrate rewrites what it finds in one pass, but looks at one file at a time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from contenders import CONTENDERS, ROOT, Contender, compile_ours, environment, install_peers
from measure import Usage, measure
from trees import CACHES, TREES, Tree, fetch, fresh_copy

REFERENCE = CONTENDERS[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("trees", nargs="*", metavar="TREE", help=f"of {', '.join(TREES)}; default: all")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many runs counts (default 1)")
    parser.add_argument("--work", type=Path, default=ROOT / ".bench", help="folder for downloads and copies")
    options = parser.parse_args()
    if unknown := set(options.trees) - TREES.keys():
        parser.error(f"unknown tree: {', '.join(sorted(unknown))}; there are {', '.join(TREES)}")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    peers, failed = install_peers(work), False
    compile_ours()
    for name in options.trees or TREES:
        tree = fetch(name, work)
        usages = measure_all(tree, work, peers, options.rounds)
        print_table(tree, usages)
        failed |= any(contender.failure(usage) for contender, (usage, _) in usages.items())
    return int(failed)


def measure_all(tree: Tree, work: Path, peers: Path, rounds: int) -> dict[Contender, tuple[Usage, int]]:
    """The best usage of each contender on `tree`. Each but a second run starts on a fresh copy."""
    best: dict[Contender, tuple[Usage, int]] = {}
    size_mb = tree.size()[1] / 1e6
    files = [str(path) for path in tree.python_files()]
    for _ in range(rounds):
        for contender in CONTENDERS:
            if size_mb > contender.limit_mb:
                continue
            copy = work / "copy" if contender.again else fresh_copy(tree, work)
            print(f"{tree.name}: {contender.name}", file=sys.stderr, flush=True)
            log = work / f"{tree.name}, {contender.name}.log"
            usage = measure(contender.command(peers, files), copy, log, environment(work / CACHES))
            made = (usage, files_changed(tree, copy))
            best[contender] = min(made, best.get(contender, made), key=lambda one: one[0].cpu)
    return best


def files_changed(tree: Tree, copy: Path) -> int:
    """How many Python files of the copy differ from the tree: a fast run that changed nothing proves little."""
    return sum((tree.folder / path).read_bytes() != (copy / path).read_bytes() for path in tree.python_files())


def print_table(tree: Tree, usages: dict[Contender, tuple[Usage, int]]) -> None:
    """One table on stdout."""
    lines, size = tree.size()
    print(f"\n**{tree.name} {tree.version}**: {len(tree.python_files())} files, {lines} lines, {size / 1e6:.1f} MB\n")
    print("| | CPU s | of django-upgrade | CPU s per MB | peak MB | files changed | |")
    print("|---|---:|---:|---:|---:|---:|---|")
    for contender, (usage, changed) in usages.items():
        ratio, per_mb = usage.cpu / usages[REFERENCE][0].cpu, usage.cpu / (size / 1e6)
        numbers = f"{usage.cpu:.2f} | {ratio:.2f} | {per_mb:.2f} | {usage.peak_mb:.0f} | {changed}"
        print(f"| {contender.name} | {numbers} | {contender.failure(usage)} |")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

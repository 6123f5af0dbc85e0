"""Django's own tests of templates with every render going through `arender`: python tools/template_conformance.py

For each Django the sdist is downloaded with pip, and its tests run twice: as they are, and through
render_through_arender.py. A test that fails only the second time is a failure of django_ahead; then the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.environments import environment

FOLDER = ROOT / ".conformance"
DJANGOS = ("5.2", "6.1")
LABELS = "template_tests template_loader template_backends shortcuts generic_views forms_tests".split()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of Django's tests said. `failed` are the ids of tests, without their subtests."""

    tests: int
    skipped: int
    failed: frozenset[str]
    seconds: float
    renders: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--django", action="append", metavar="VERSION", help=f"default: {' and '.join(DJANGOS)}")
    parser.add_argument("labels", nargs="*", default=LABELS, help=f"test labels, default: {' '.join(LABELS)}")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    worse = False
    for django in arguments.django or DJANGOS:
        python = environment(django)
        tree = source(django, python)
        stock = run(python, tree, arguments.labels, through_arender=False)
        ours = run(python, tree, arguments.labels, through_arender=True)
        print(f"{tree.name}: {' '.join(arguments.labels)}")
        for name, outcome in (("stock", stock), ("arender", ours)):
            print(
                f"  {name:8} {outcome.tests} tests, {len(outcome.failed)} failed, "
                f"{outcome.skipped} skipped, {outcome.seconds:.0f} s"
            )
        print(ours.renders)
        for test in sorted(ours.failed - stock.failed):
            print(f"  FAILS ONLY THROUGH ARENDER: {test}")
        for test in sorted(stock.failed):
            print(f"  fails as it is: {test}")
        worse = worse or not ours.failed <= stock.failed or ours.tests != stock.tests
    return int(worse)


def source(django: str, python: Path) -> Path:
    """Django's sdist, unpacked. It has the tests, which the wheel has not."""
    if not list(FOLDER.glob(f"django-{django}*.tar.gz")):
        pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--no-binary", "Django", "--dest", str(FOLDER), f"Django~={django}.0"], check=True)
    (archive,) = FOLDER.glob(f"django-{django}*.tar.gz")
    tree = FOLDER / archive.name.removesuffix(".tar.gz")
    if not tree.exists():
        with tarfile.open(archive) as packed:
            packed.extractall(FOLDER, filter="data")
    return tree


def run(python: Path, tree: Path, labels: list[str], through_arender: bool) -> Outcome:
    """Runs the tests in this process's environment, with the Django of the tree."""
    paths = [str(tree), str(ROOT / "runtime")]
    script = [str(ROOT / "tools" / "render_through_arender.py")] if through_arender else []
    command = [str(python), *script, "runtests.py", "--parallel=1", *labels]
    begun = time.monotonic()
    done = subprocess.run(
        command,
        cwd=tree / "tests",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
    )
    output = done.stderr + done.stdout
    (FOLDER / f"{tree.name}-{'arender' if through_arender else 'stock'}.log").write_text(output)
    ran = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    if ran is None:
        raise SystemExit(f"{' '.join(command)} ran no tests:\n{output[-3000:]}")
    skipped = re.search(r"skipped=(\d+)", output)
    return Outcome(
        int(ran[1]),
        int(skipped[1]) if skipped else 0,
        frozenset(re.findall(r"^(?:ERROR|FAIL): \S+ \(([\w.]+)", output, re.MULTILINE)),
        time.monotonic() - begun,
        "\n".join(f"  {line}" for line in output.splitlines() if line.startswith("through arender:")),
    )


if __name__ == "__main__":
    sys.exit(main())

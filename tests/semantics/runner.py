"""The semantic cases: small modules that are migrated together, and executed before and after on a real Django.

The text files in `cases/` hold many cases each. A case starts with a line `### name option…` and is one module of the
project:

    ### first-or-none
    def f():
        return Task.objects.filter(pk=99).first()

Without an option it must be migrated. `refuse`: it must be left as it is, byte for byte, with a refusal. `keep`: there
is nothing to do. `either`: it may be migrated or left, but must do the same. `fixes`: it is async and queries on the
event loop, which must be over afterwards. `view` (with `login=ann`, `method=post`,
`path=/v/2/`, `data=a:1,b:2`, `times=2`): it has a `view` instead of `f`. `django=5.0`: it needs that version.
`twin=aget,aput`: the async twins that it gets with `--helpers twin`, and no others. `gone=get`: functions that go.
What it uses of the models and of Django is imported for it.

Those in `wrapping/` put decorators around the views of URL patterns while they run: they are a project of their own,
as that concerns all its views.

Also a program: `python tests/semantics/runner.py [--python PY] [--keep DIR] [CASE…]`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IMPORTS = {
    "desk.models": "Badge Cafe Firm Label Log Node Paper Person Place Remark Stamp Stub Task TaskManager TaskQuerySet "
    "Ticket Wallet",
    "django.db.models": "Avg Count Exists F Max OuterRef Prefetch Q Subquery Sum Value",
    "django.db": "models transaction",
    "django.http": "HttpResponse JsonResponse",
    "django.contrib.auth.models": "User",
    "django.contrib.contenttypes.models": "ContentType",
    "django.core.exceptions": "ValidationError",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    name: str
    source: str
    wanted: str  # "change", "keep", "refuse", "fixes" or "either"
    spec: Mapping[str, object]
    others: Mapping[str, str] = field(default_factory=dict)  # further modules beside it
    django: tuple[int, ...] = (4, 2)
    twins: frozenset[str] | None = None
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case. `problems` is empty when it is right; `changed` says whether it was migrated."""

    case: Case
    changed: bool
    problems: tuple[str, ...] = ()
    migrated: str = ""
    refusals: tuple[str, ...] = field(default=())


def read_cases(folder: str = "cases") -> list[Case]:
    """All cases of a folder, in the order of its files; each folder is a project."""
    found: list[Case] = []
    for file in sorted((HERE / folder).glob("*.txt")):
        for block in re.split(r"^### ", file.read_text(), flags=re.M)[1:]:
            header, _, source = block.partition("\n")
            found.append(_case(header.split(), source.strip("\n") + "\n"))
    return found


def _case(header: list[str], source: str) -> Case:
    name, *options = header
    spec: dict[str, object] = {"kind": "view" if "view" in options else "func"}
    given = dict(o.split("=", 1) for o in options if "=" in o)
    wanted = next((o for o in options if o in ("keep", "refuse", "either", "fixes")), "change")
    version = tuple(map(int, given.pop("django", "4.2").split(".")))
    twins = frozenset(filter(None, given.pop("twin").split(","))) if "twin" in given else None
    gone = frozenset(filter(None, given.pop("gone", "").split(",")))
    if "data" in given:
        spec["data"] = dict(pair.split(":") for pair in given.pop("data").split(","))
    name, source = name.replace("-", "_"), _with_imports(source)
    return Case(name, source, wanted, spec | given, django=version, twins=twins, gone=gone)


def _with_imports(source: str) -> str:
    lines = []
    for module, names in IMPORTS.items():
        used = [n for n in names.split() if _needed(n, source)]
        if used:
            lines.append(f"from {module} import {', '.join(used)}\n")
    future, _, rest = source.partition("\n") if source.startswith("from __future__") else ("", "", source)
    return future + "\n" * bool(future) + "".join(lines) + "\n" * bool(lines) + rest


def _needed(name: str, source: str) -> bool:
    own = re.search(rf"^\s*(from .*|import .*)\b{name}\b|^\s*class {name}\b", source, re.M)
    return bool(re.search(rf"(?<![.\w]){name}\b", source)) and not own


def build(folder: Path, cases: Sequence[Case]) -> None:
    """Writes the project with the cases, all of them routed or entry points."""
    shutil.copytree(HERE / "project", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "cases").mkdir()
    (folder / "cases" / "__init__.py").touch()
    imports, routes = [], []
    for case in cases:
        for name, source in {case.name: case.source, **case.others}.items():
            (folder / "cases" / f"{name}.py").write_text(source, newline="")
        if case.spec["kind"] == "view":
            imports.append(f"from cases import {case.name}\n")
            routes += [f'    path("{case.name}/{pk}", {case.name}.view),\n' for pk in ("", "<int:pk>/")]
    head = "from django.urls import path\n\n" + "".join(imports)
    (folder / "urls.py").write_text(head + "\nurlpatterns = [\n" + "".join(routes) + "]\n")


def migrate(folder: Path, django: str, helpers: str = "bridge") -> dict[str, list[str]]:
    """Migrates the project in place and gives the refusals by the name of the case."""
    paths = os.pathsep.join(str(ROOT / name) for name in ("codemods", "cli"))
    environment = {**os.environ, "PYTHONPATH": paths, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "amigrate_cli", "apply", ".", "--in-place", "--json", "-", "--django", django]
    command += ["--entry", "cases.*:f", "--no-pyrefly", "--no-cache", "--allow-dirty"]
    command += ["--helpers", helpers]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode not in (0, 3) or "this is a bug" in done.stderr:
        raise RuntimeError(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-5000:]}"
        )
    found: dict[str, list[str]] = {}
    for refusal in json.loads(done.stdout)["refusals"]:
        found.setdefault(Path(refusal["path"]).stem, []).append(f"{refusal['line']}: {refusal['reason']}")
    return found


def execute(python: str, folder: Path, cases: Sequence[Case]) -> dict[str, dict[str, object]]:
    """Runs the cases of a project on the Django of an interpreter."""
    with tempfile.TemporaryDirectory() as temporary:
        # the routes of the cases would import all of them at once, with the models that they define
        plain = Path(temporary) / "project"
        shutil.copytree(folder, plain, ignore=shutil.ignore_patterns(".git", "__pycache__"))
        (plain / "urls.py").write_text("urlpatterns = []\n")
        specs = Path(temporary) / "specs.json"
        specs.write_text(json.dumps({case.name: case.spec for case in cases}))
        command = [python, str(HERE / "harness.py"), str(plain), str(specs)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise RuntimeError(f"the harness failed:\n{done.stderr[-3000:]}")
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def version_of(python: str) -> str:
    """The Django of an interpreter, as "5.2"."""
    command = [python, "-c", "import django; print(*django.VERSION[:2], sep='.')"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def outcomes(
    python: str, folder: Path, chosen: Sequence[str] = (), helpers: str = "bridge", source: str = "cases"
) -> list[Outcome]:
    """Builds the project in `folder`, migrates it, executes it before and after, and compares."""
    django = version_of(python)
    version = tuple(map(int, django.split(".")))
    cases = [c for c in read_cases(source) if c.django <= version and (not chosen or c.name in chosen)]
    build(folder, cases)
    before = execute(python, folder, cases)
    refusals = migrate(folder, django, helpers)
    return compare(python, folder, cases, before, refusals, helpers)


def compare(
    python: str,
    folder: Path,
    cases: Sequence[Case],
    before: Mapping[str, Mapping[str, object]],
    refusals: Mapping[str, Sequence[str]],
    helpers: str = "bridge",
) -> list[Outcome]:
    """Executes the cases of a migrated project, and compares with what they did before."""
    after = execute(python, folder, cases)
    found = []
    for case in cases:
        migrated = (folder / "cases" / f"{case.name}.py").read_bytes().decode()
        problems = (_unfixed if case.wanted == "fixes" else differences)(before[case.name], after[case.name])
        problems += _twin_differences(case, migrated, helpers)
        reasons = tuple(refusals.get(case.name, ()))
        found.append(Outcome(case, migrated != case.source, tuple(problems), migrated, reasons))
    return found


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    found = []
    if before["result"] != after["result"]:
        found.append(f"result {before['result']} became {after['result']}")
    if before["rows"] != after["rows"]:
        old, new = before["rows"], after["rows"]
        assert isinstance(old, dict) and isinstance(new, dict)
        found.append(f"other rows in {[t for t in old if old[t] != new.get(t)]}")
    if after["never_awaited"]:
        found.append(str(after["never_awaited"]))
    if after["unsafe"]:
        found.append("SynchronousOnlyOperation was raised")
    return found


def _twin_differences(case: Case, migrated: str, helpers: str) -> list[str]:
    """What is wrong with the async twins that a case got, or with the functions that it lost."""
    before, after = (set(re.findall(r"^ *(?:async )?def (\w+)", text, re.M)) for text in (case.source, migrated))
    found = [f"{name} was not removed" for name in sorted(case.gone & after)]
    if case.twins is not None and after - before != (case.twins if helpers == "twin" else set()):
        found.append(f"new functions {sorted(after - before)}, wanted {sorted(case.twins)}")
    return found


def _unfixed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    result = after["result"]
    raises = isinstance(result, list) and result[:1] == ["raises"]
    found = [f"raises {result}"] if raises or after["unsafe"] else []
    return found if before["unsafe"] else [*found, "nothing was wrong before"]


def main() -> int:
    """Prints each case with its outcome; 1 when one is wrong."""
    parser = argparse.ArgumentParser(description="Migrates and executes the semantic cases.")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--helpers", default="bridge")
    parser.add_argument("--source", default="cases", help="the folder of the cases")
    parser.add_argument("-v", action="store_true", help="print the migrated source of wrong ones")
    parser.add_argument("cases", nargs="*")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "project"
        folder.mkdir(parents=True)
        chosen = [c.replace("-", "_") for c in given.cases]
        wrong = 0
        for one in outcomes(given.python, folder, chosen, given.helpers, given.source):
            status = "WRONG" if one.problems else "right" if one.changed else "left"
            wrong += bool(one.problems)
            print(f"{status:6} {one.case.wanted:7} {one.case.name}: {'; '.join(one.problems or one.refusals)[:300]}")
            if (one.problems and given.v) or chosen:
                print(one.migrated)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

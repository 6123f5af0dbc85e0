"""Many programs in one project: executed, migrated, executed again, and compared."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.semantics.runner import Case, Outcome, build, compare, execute, migrate, version_of

# The grammar made nonsense of what raises one of these at the top; it is not executed any further.
# A recursion without an end is cut off with another message at another depth.
NONSENSE = (
    "SyntaxError",
    "NameError",
    "UnboundLocalError",
    "ImportError",
    "IndentationError",
    "TooLong",
    "RecursionError",
)
# A queryset that can never be evaluated: testing it with exists() does not fail.
IMPOSSIBLE = "lookup was already seen with a different queryset"


@dataclass(slots=True)
class Tally:
    """What became of the programs of a run."""

    ran: int = 0
    raised: int = 0
    discarded: Counter[str] = field(default_factory=Counter)
    functions: int = 0
    converted: int = 0  # functions that are async now
    changed: int = 0  # programs
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[Outcome] = field(default_factory=list)

    def summary(self) -> str:
        """One line for people."""
        functions = f"{self.converted} of {self.functions} functions became async"
        thrown = sum(self.discarded.values())
        return (
            f"{self.ran} programs, {len(self.wrong)} wrong; {self.changed} changed, {functions}; "
            f"{self.raised} end with an exception, {thrown} discarded {dict(self.discarded) or ''}"
        )


def judge(python: str, cases: Sequence[Case], tally: Tally, keep: Path | None = None) -> list[Outcome]:
    """Runs the programs before and after with the Django of an interpreter; gives the wrong ones."""
    with TemporaryDirectory() as temporary:
        return _judge(python, cases, tally, keep or Path(temporary) / "project")


def _judge(python: str, cases: Sequence[Case], tally: Tally, folder: Path) -> list[Outcome]:
    valid = _compiling(cases, tally)
    folder.mkdir(parents=True, exist_ok=True)
    build(folder, valid)
    before = execute(python, folder, [_limited(case, 2) for case in valid])
    kept = []
    for case in valid:
        result = before[case.name]["result"]
        error = result[1] if isinstance(result, list) and result[:1] == ["raises"] else ""
        if error in NONSENSE or IMPOSSIBLE in str(result):
            tally.discarded[error] += 1
        else:
            tally.raised += bool(error)
            kept.append(case)
    for name in {c.name for c in valid} - {c.name for c in kept}:
        (folder / "cases" / f"{name}.py").unlink()
    django = version_of(python)
    refusals = migrate(folder, django)
    wrong: list[Outcome] = []
    first = {case.name: (folder / "cases" / f"{case.name}.py").read_bytes() for case in kept}
    outcomes = compare(python, folder, kept, before, refusals)
    migrate(folder, django)
    for outcome in outcomes:
        name = outcome.case.name
        second = (folder / "cases" / f"{name}.py").read_bytes()
        problems = [text for text in outcome.problems if not _renamed(text)]
        if second != first[name]:
            problems.append("a second run changes it again")
        tally.ran += 1
        tally.changed += outcome.changed
        tally.functions += outcome.case.source.count("def ")
        tally.converted += outcome.migrated.count("async def ")
        tally.reasons.update({reason.partition(": ")[2] for reason in outcome.refusals})
        if problems:
            wrong.append(Outcome(outcome.case, outcome.changed, tuple(problems), outcome.migrated, outcome.refusals))
    wrong = _repeatable(python, wrong, before, tally)
    tally.wrong += wrong
    return wrong


def _repeatable(
    python: str, wrong: Sequence[Outcome], before: Mapping[str, Mapping[str, object]], tally: Tally
) -> list[Outcome]:
    """Without the programs that give something else each time, migrated or not."""
    if not wrong:
        return []
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        folder.mkdir()
        build(folder, [one.case for one in wrong])
        again = execute(python, folder, [one.case for one in wrong])
    found = [one for one in wrong if again[one.case.name] == before[one.case.name]]
    tally.discarded["differs from run to run"] += len(wrong) - len(found)
    return found


def _renamed(problem: str) -> bool:
    """Whether the problem is only that None has no `save`, or no `asave`."""
    return problem.startswith("result ['raises', 'AttributeError'") and "became ['raises', 'AttributeError'" in problem


def _limited(case: Case, seconds: int) -> Case:
    return replace(case, spec={**case.spec, "seconds": seconds})


def _compiling(cases: Sequence[Case], tally: Tally) -> list[Case]:
    found = []
    for case in cases:
        try:
            warnings.simplefilter("ignore", SyntaxWarning)  # reduced programs call numbers
            compile(case.source, case.name, "exec")
        except SyntaxError as error:
            tally.discarded[f"does not compile: {error.msg}"] += 1
            if "-v" in sys.argv:
                print(case.name, error, case.source.splitlines()[(error.lineno or 1) - 1])
        else:
            found.append(case)
    return found

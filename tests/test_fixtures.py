"""Each case in `fixtures/` through the real pipeline, as a file of a small project, and through its codemod alone.

Without a URLconf of its own a case names its entry points in the header: `# entry: view, other`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amigrate.registry import codemods
from amigrate.testing import Fixture, files_of, fixtures_of, transformed
from tests.tree import SETTINGS, change_set, texts, write_project

FIXTURES = Path(__file__).parents[1] / "fixtures"
ALL = [case for codemod in codemods() for case in fixtures_of(FIXTURES, codemod)]
# a function becomes async for reasons that are not in one module alone
WHOLE_PROGRAM = frozenset(
    {"async-backends", "async-calls", "async-decorators", "async-functions", "async-middleware", "async-tests"}
    | {"async-twins", "async-views", "async-consumers"}
    | {"channels-consumers", "channels-layers", "channels-routing", "channels-settings", "channels-tests"}
)
ALONE = [case for case in ALL if case.is_skip or not (case.codemod in WHOLE_PROGRAM or case.options.get("codemods"))]
ASYNC = re.compile(r"^async def (\w+)", re.MULTILINE)


def identity(case: Fixture) -> str:
    return f"{case.codemod}/{case.name}"


def options(case: Fixture, entries: list[str]) -> dict[str, object]:
    select = "async-middleware" if case.options.get("middleware") else case.options.get("select", "")
    return {
        "django": case.options.get("django", "5.2"),
        "python": case.options.get("python", "3.12"),
        "entries": tuple(f"shop.case:{name}" for name in entries),
        "helpers": case.options.get("helpers", "bridge"),
        "select": tuple(one for one in select.split(",") if one),
        "runtime": True if "runtime" in case.options else None,
        "websockets": case.options.get("websockets", "native"),
    }


def planned(case: Fixture, tmp_path: Path, source: str, entries: list[str]) -> dict[str, str]:
    """What becomes of the files of a case."""
    named = {
        setting: [f"shop.case.{name.strip()}" for name in case.options[option].split(",")]
        for option, setting in (("middleware", "MIDDLEWARE"), ("backends", "AUTHENTICATION_BACKENDS"))
        if option in case.options
    }
    lines = "".join(f"{setting} = {classes!r}\n" for setting, classes in named.items())
    settings = {"config.py": f"{SETTINGS}{lines}"} if named else {}
    files = case_files(case, source)
    changes = change_set(write_project(tmp_path, {**settings, **files}), **options(case, entries))
    assert not changes.failures
    beside = {"config.py"} if "runtime" in case.options else set()
    assert set(texts(changes)) <= set(files) | beside
    return {path: texts(changes).get(path, text) for path, text in files.items()}


def case_files(case: Fixture, source: str) -> dict[str, str]:
    return files_of(source, case.options.get("path", "shop/case.py"))


@pytest.mark.parametrize("case", [case for case in ALL if not case.is_skip], ids=identity)
def test_case_is_planned(case: Fixture, tmp_path: Path) -> None:
    entries = [name.strip() for name in case.options.get("entry", "").split(",") if name]
    assert planned(case, tmp_path, case.before, entries) == case_files(case, case.after)
    taking_part = {case.codemod, *(one.strip() for one in case.options.get("codemods", "").split(",") if one)}
    changes = change_set(tmp_path, **options(case, entries))
    used = {edit.codemod for edit in changes.edits} - {"async-functions", "async-views"}
    assert used <= taking_part, "name the others in `# codemods:`"


@pytest.mark.parametrize("case", [case for case in ALL if case.is_skip], ids=identity)
def test_case_is_left_alone(case: Fixture, tmp_path: Path) -> None:
    assert planned(case, tmp_path, case.before, []) == case_files(case, case.before)
    # nor do its bodies change when the functions that are async there have yet to become so
    names = ASYNC.findall(case.before)
    source = ASYNC.sub(r"def \1", case.before)
    if "await" not in source and "async for" not in source:
        found = planned(case, tmp_path, source, names)
        assert found in (case_files(case, source), case_files(case, case.before))


@pytest.mark.parametrize("case", ALONE, ids=identity)
def test_case_alone(case: Fixture) -> None:
    source = case.before
    for name in ASYNC.findall(case.after):
        source = re.sub(rf"^def {name}\b", f"async def {name}", source, flags=re.MULTILINE)
    after = transformed(type(codemods()[case.codemod]), source.encode()).decode()
    assert after == case.after
    assert transformed(type(codemods()[case.codemod]), after.encode()).decode() == after

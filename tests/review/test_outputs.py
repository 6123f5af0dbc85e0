"""SARIF, GitHub annotations, Markdown and single patches: valid, complete, and harmless whatever a project holds."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from jsonschema import Draft4Validator

from amigrate.codemod import Metadata
from amigrate.model import ChangeSet, Failure, FileChange, Refusal
from amigrate.review.github import github_annotations
from amigrate.review.markdown import markdown
from amigrate.review.patches import patches
from amigrate.review.sarif import sarif
from tests.review.reviewing import change_set

EVIL = "x\n::error::owned\r\n| <script>alert(1)</script> [a](javascript:b) {0} `c` \x1b[2J \u202e"
FILES = {"shop/views.py": [(10, "alpha", "g1"), (20, "beta", "g2")], "shop/forms.py": [(30, "alpha", "g2")]}
ALPHA = Metadata("alpha", "Alpha [1] {x}.", "Because.", "Always safe.", ("https://example.org/alpha",))


def hostile() -> ChangeSet:
    """A file and refusals with a name and texts that mean something to whoever reads reports."""
    changes = change_set({"a.py": [(10, "beta", "g")]})
    (change,) = changes.changes
    path = os.fsdecode(b"dir/\xff ") + EVIL.replace("/", "") + ".py"
    edits = tuple(replace(edit, path=path, after=EVIL, reason=EVIL, symbol=EVIL, group=EVIL) for edit in change.edits)
    group = replace(changes.groups[0], id=EVIL, paths=(path,))
    refusals = (Refusal(path, 0, EVIL, "alpha", EVIL, EVIL), Refusal(path, 7, "", "", "no codemod"))
    return replace(
        changes,
        changes=(FileChange(path, change.before, change.after, edits),),
        groups=(group,),
        refusals=refusals,
        failures=(Failure(path, EVIL),),
        notes=(EVIL,),
    )


def read_sarif(changes: ChangeSet) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif(changes, [ALPHA]))
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_bytes())
    Draft4Validator(schema).validate(log)
    return log


@pytest.mark.parametrize(
    "changes", [ChangeSet(".", "", ""), change_set(FILES), hostile()], ids=["none", "some", "evil"]
)
def test_sarif_is_valid_by_the_official_schema(changes: ChangeSet) -> None:
    (run,) = read_sarif(changes)["runs"]
    assert len(run["results"]) == len(changes.edits) + len(changes.refusals)
    assert run["invocations"][0]["executionSuccessful"] is not bool(changes.failures)


def test_sarif_says_where_what_and_how_sure() -> None:
    changes = replace(change_set(FILES), refusals=(Refusal("shop/views.py", 40, "s", "alpha", "why", "do it by hand"),))
    (run,) = read_sarif(changes)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule.get("helpUri")) for rule in rules] == [
        ("alpha", "https://example.org/alpha"),
        ("beta", None),
    ]
    first, second, third, left = run["results"]
    assert [rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"]] == [True] * 4
    assert (first["level"], second["level"], left["kind"]) == ("note", "warning", "informational")
    assert first["partialFingerprints"] == {"amigrate/v1": changes.edits[0].id}
    place = third["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "shop/forms.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 30, "endLine": 30},
    }
    assert left["message"]["text"] == "Left alone: why. do it by hand"


def test_sarif_names_files_of_any_bytes_and_shows_no_links() -> None:
    result = read_sarif(hostile())["runs"][0]["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri).startswith(b"dir/\xff x\n")
    assert "\\[a\\](javascript" in result["message"]["text"]
    assert "{{0}}" in result["message"]["text"]


def test_annotations_are_a_line_each_that_nothing_can_end() -> None:
    lines = github_annotations(hostile()).decode().split("\n")
    assert lines.pop() == ""
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning", "::notice", "::notice"]
    assert not any(character in "".join(lines) for character in "\r\x1b\u202e")
    assert all(line.count("::error::owned") == line.partition("::")[2].count("%0A::error::owned") for line in lines)


def test_annotations_point_at_lines_the_least_sure_first() -> None:
    first, *_ = github_annotations(change_set(FILES)).decode().splitlines()
    assert first == ("::warning file=shop/views.py,line=20,endLine=20,title=beta::beta says so%0A- old(20)%0A+ new(20)")


def test_the_summary_counts_and_holds_nothing_but_text() -> None:
    page = markdown(change_set(FILES)).decode()
    assert "2 files change: 3 edits in 2 groups" in page
    assert "| alpha | 2 | 2 | 0 |" in page
    assert "| beta | 1 | 1 | 1 |" in page
    assert "| shop/views.py | 2 | 2 | 2 |" in page
    evil = markdown(hostile()).decode()
    assert "<script>" not in evil
    assert "[a](" not in evil
    assert not any(character in evil for character in "\r\x1b\u202e")
    assert not any(line.startswith("::") for line in evil.splitlines())


def test_a_summary_of_very_much_stays_short() -> None:
    refusals = tuple(Refusal("a.py", at, "", "x", f"reason {at}", "z" * 500) for at in range(5000))
    assert len(markdown(ChangeSet(".", "", "", refusals=refusals))) < 1_000_000


def test_patches_of_files_and_groups_apply(tmp_path: Path) -> None:
    changes = change_set(FILES)

    def only_groups(whole: ChangeSet, groups: frozenset[str]) -> ChangeSet:
        wanted = {path: [one for one in made if one[2] in groups] for path, made in FILES.items()}
        return change_set({path: made for path, made in wanted.items() if made})

    found = dict(patches(changes, only_groups))
    assert list(found) == [
        "files/001-shop_views.py.patch", "files/002-shop_forms.py.patch", "groups/001-g1.patch", "groups/002-g2.patch",
    ]  # fmt: skip
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for change in changes.changes:
        (tmp_path / change.path).parent.mkdir(exist_ok=True)
        (tmp_path / change.path).write_bytes(change.before)
    for name in [one for one in found if one.startswith("files/")]:
        subprocess.run(["git", "apply"], cwd=tmp_path, input=found[name], check=True)
    assert all((tmp_path / change.path).read_bytes() == change.after for change in changes.changes)
    for name in ["files/001-shop_views.py.patch", "files/002-shop_forms.py.patch"]:
        subprocess.run(["git", "apply", "-R"], cwd=tmp_path, input=found[name], check=True)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=found["groups/002-g2.patch"], check=True)
    assert b"new(30)" in (tmp_path / "shop/forms.py").read_bytes()
    assert b"new(10)" not in (tmp_path / "shop/views.py").read_bytes()


def test_names_of_patches_stay_in_their_folder() -> None:
    names = [name for name, _ in patches(hostile(), lambda whole, groups: whole)]
    assert all(name.count("/") == 1 and ".." not in name and name.isascii() and name.isprintable() for name in names)

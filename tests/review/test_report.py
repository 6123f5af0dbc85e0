"""The JSON report: what the schema says, and the text of any file."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from amigrate.model import ChangeSet, Confidence, Edit, Failure, FileChange, Group, Refusal, Summary
from amigrate.review.report import report_json, schema


def change_set(
    path: str = "shop/views.py", before: bytes = b"a = get()\n", after: bytes = b"a = aget()\n"
) -> ChangeSet:
    edit = Edit(
        "f00d", path, "orm-terminal", "shop.views.detail", "shop.views.detail", 1, 1,
        "get()", "aget()", "QuerySet.get queries the database", Confidence.SAFE,
    )  # fmt: skip
    return ChangeSet(
        root="/somewhere/secret",
        django="5.2",
        python="3.12",
        changes=(FileChange(path, before, after, (edit,)),),
        groups=(Group("shop.views.detail", "async-views", Confidence.SAFE, (path,)),),
        refusals=(Refusal(path, 40, "shop.views.pay", "async-views", "transaction.atomic has no async form"),),
        failures=(Failure("legacy.py", "SyntaxError: invalid syntax (line 3)"),),
        summary=Summary(653, 120, 6.12345),
    )


def read(data: ChangeSet) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(report_json(data))
    Draft202012Validator(schema()).validate(report)
    return report


def test_the_report_has_the_designed_fields() -> None:
    report = read(change_set())
    assert report["schema"] == "amigrate.report/1"
    assert report["project"] == {"root": ".", "django": "5.2", "python": "3.12"}
    assert report["summary"] == {
        "files_scanned": 653, "files_changed": 1, "edits": 1, "groups": 1, "refusals": 1,
        "functions_made_async": 120, "seconds": 6.123,
    }  # fmt: skip
    assert report["files"] == [
        {
            "path": "shop/views.py",
            "diff": "--- a/shop/views.py\n+++ b/shop/views.py\n@@ -1 +1 @@\n-a = get()\n+a = aget()\n",
            "edits": [
                {
                    "id": "f00d", "codemod": "orm-terminal",
                    "group": "shop.views.detail", "symbol": "shop.views.detail", "line": 1, "end_line": 1,
                    "before": "get()", "after": "aget()",
                    "reason": "QuerySet.get queries the database", "confidence": "safe",
                }
            ],
        }
    ]  # fmt: skip
    assert report["refusals"][0]["suggestion"] == ""
    assert report["failures"] == [{"path": "legacy.py", "reason": "SyntaxError: invalid syntax (line 3)"}]


def test_the_report_does_not_tell_where_the_project_lies() -> None:
    assert b"secret" not in report_json(change_set())


def test_an_empty_run_has_a_valid_report() -> None:
    assert read(ChangeSet(".", "", ""))["files"] == []


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (b"# coding: latin-1\nx = '\xe4'\n", "x = 'ä'"),
        ("# coding: cp932\nx = '表'\n".encode("cp932"), "x = '表'"),
        (b"\xef\xbb\xbfx = '\xc3\xa4'\n", "\ufeffx = 'ä'"),
        (b"x = '\xff'\n", "x = '\\xff'"),
        (b"# coding: rot13\nx = 1\n", "x = 1"),
        (b"# coding: nonsense\nx = 1\n", "x = 1"),
    ],
)
def test_diffs_are_text_in_the_encoding_of_the_file(before: bytes, shown: str) -> None:
    assert f"-{shown}\n" in read(change_set(before=before, after=before.replace(b"x", b"y")))["files"][0]["diff"]


def test_line_ends_are_kept() -> None:
    diff = read(change_set(before=b"a\r\nb", after=b"A\r\nb"))["files"][0]["diff"]
    assert diff.endswith("-a\r\n+A\r\n b\n\\ No newline at end of file\n")


def test_an_undecodable_file_name_is_shown_as_escape() -> None:
    assert read(change_set(path=os.fsdecode(b"shop/\xff.py")))["files"][0]["path"] == "shop/\\xff.py"


def test_the_schema_refuses_what_is_no_report() -> None:
    report = json.loads(report_json(change_set()))
    for wrong in ({**report, "schema": "amigrate.report/2"}, {**report, "files": [{"path": "/abs.py"}]}):
        with pytest.raises(ValidationError):
            Draft202012Validator(schema()).validate(wrong)


def test_more_fields_are_allowed() -> None:
    Draft202012Validator(schema()).validate({**json.loads(report_json(change_set())), "more": 1})


def test_groups_say_what_is_made_together() -> None:
    data = change_set()
    needs = (("shop.views.detail", "shop.views.load"),)
    edits = tuple(replace(edit, follows=True) for edit in data.changes[0].edits)
    changes = (replace(data.changes[0], edits=edits),)
    report = read(replace(data, groups=(replace(data.groups[0], needs=needs),), changes=changes))
    assert report["groups"] == [
        {
            "id": "shop.views.detail", "lead": "async-views", "confidence": "safe", "paths": ["shop/views.py"],
            "needs": [["shop.views.detail", "shop.views.load"]],
        }
    ]  # fmt: skip
    assert report["files"][0]["edits"][0]["follows"] is True

"""The JSON report, schema `amigrate.report/1`; `report.schema.json` beside this file describes it."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from typing import cast

from amigrate import __version__
from amigrate.model import ChangeSet, Edit, Failure, FileChange, Group, Refusal
from amigrate.review.encoding import decoded, encoding_of
from amigrate.review.patch import unified_diff

SCHEMA = "amigrate.report/1"

Json = dict[str, object]


def report(change_set: ChangeSet) -> Json:
    """The report of a run as plain JSON data. Paths are relative to the project root, which is given as `.`."""
    return {
        "schema": SCHEMA,
        "amigrate": __version__,
        "project": {"root": ".", "django": change_set.django, "python": change_set.python},
        "summary": {
            "files_scanned": change_set.summary.files_scanned,
            "files_changed": len(change_set.changes),
            "edits": len(change_set.edits),
            "groups": len(change_set.groups),
            "refusals": len(change_set.refusals),
            "functions_made_async": change_set.summary.functions_made_async,
            "seconds": round(change_set.summary.seconds, 3),
        },
        "files": [_file(change) for change in change_set.changes],
        "groups": [_group(group) for group in change_set.groups],
        "refusals": [_refusal(refusal) for refusal in change_set.refusals],
        "failures": [_failure(failure) for failure in change_set.failures],
        "notes": list(change_set.notes),
    }


def report_json(change_set: ChangeSet) -> bytes:
    """The report as indented UTF-8 JSON with a final newline."""
    return json.dumps(report(change_set), indent=2, ensure_ascii=False).encode() + b"\n"


def schema() -> Json:
    """The JSON schema of the report."""
    return cast(Json, json.loads(files(__package__).joinpath("report.schema.json").read_bytes()))


def _file(change: FileChange) -> Json:
    head, _, body = unified_diff(change).partition(b"\n@@")  # names are ASCII, lines in the encoding of the file
    diff = head.decode() + "\n@@" + decoded(body, encoding_of(change.before)) if body else ""
    return {"path": plain(change.path), "diff": diff, "edits": [_edit(edit) for edit in change.edits]}


def _edit(edit: Edit) -> Json:
    return {
        "id": edit.id,
        "codemod": edit.codemod,
        "group": plain(edit.group),
        "symbol": plain(edit.symbol),
        "line": edit.line,
        "end_line": edit.end_line,
        "before": plain(edit.before),
        "after": plain(edit.after),
        "reason": plain(edit.reason),
        "confidence": edit.confidence.value,
        **({"follows": True} if edit.follows else {}),
    }


def _group(group: Group) -> Json:
    return {
        "id": plain(group.id),
        "lead": group.lead,
        "confidence": group.confidence.value,
        "paths": [plain(path) for path in group.paths],
        "needs": [[plain(one), plain(other)] for one, other in group.needs],
    }


def _refusal(refusal: Refusal) -> Json:
    return {
        "path": plain(refusal.path),
        "line": refusal.line,
        "symbol": plain(refusal.symbol),
        "codemod": refusal.codemod,
        "reason": plain(refusal.reason),
        "suggestion": plain(refusal.suggestion),
    }


def _failure(failure: Failure) -> Json:
    return {"path": plain(failure.path), "reason": plain(failure.reason)}


def plain(text: str) -> str:
    """`text` without the lone surrogates that stand for undecodable bytes of file names: JSON has no form for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    return text

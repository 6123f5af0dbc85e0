"""A change set as SARIF 2.1.0, for code scanning and editors.

Each edit is a result of the rule of its codemod, with its stable fingerprint; what is left alone is one as well, of the
kind `informational`. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from urllib.parse import quote

from amigrate import __version__
from amigrate.codemod import Metadata
from amigrate.model import ChangeSet, Confidence, Edit, Failure, Refusal
from amigrate.review.report import Json, plain

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(change_set: ChangeSet, codemods: Sequence[Metadata]) -> bytes:
    """The log as indented UTF-8 JSON with a final newline; `codemods` are those that are known, for the rules."""
    used = {edit.codemod for edit in change_set.edits} | {refusal.codemod for refusal in change_set.refusals}
    known = {one.id: one for one in codemods}
    names = sorted(name for name in used if name)
    numbers = {name: number for number, name in enumerate(names)}
    run: Json = {
        "tool": {
            "driver": {
                "name": "amigrate",
                "version": __version__,
                "rules": [_rule(name, known.get(name)) for name in names],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not change_set.failures,
                "toolExecutionNotifications": [_notification(failure) for failure in change_set.failures],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_edit(edit, numbers) for edit in change_set.edits),
            *(_refusal(refusal, numbers) for refusal in change_set.refusals),
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False).encode() + b"\n"


def _rule(name: str, codemod: Metadata | None) -> Json:
    if codemod is None:  # one of the team's own
        return {"id": name, "shortDescription": {"text": _text(f"The codemod {name}.")}}
    rule: Json = {
        "id": name,
        "shortDescription": {"text": _text(codemod.summary)},
        "fullDescription": {"text": _text(codemod.why)},
        "help": {"text": _text(f"{codemod.why}\n\nFix safety: {codemod.fix_safety}")},
    }
    return {**rule, "helpUri": codemod.links[0]} if codemod.links else rule


def _edit(edit: Edit, numbers: dict[str, int]) -> Json:
    return {
        "ruleId": edit.codemod,
        "ruleIndex": numbers[edit.codemod],
        "level": "note" if edit.confidence is Confidence.SAFE else "warning",
        "message": {"text": _text(f"{edit.reason}. It would become: {edit.after}" if edit.after else edit.reason)},
        "locations": [_location(edit.path, edit.line, edit.end_line, edit.symbol)],
        "partialFingerprints": {"amigrate/v1": edit.id},
        "properties": {"group": plain(edit.group), "confidence": edit.confidence.value},
    }


def _refusal(refusal: Refusal, numbers: dict[str, int]) -> Json:
    rule = {"ruleId": refusal.codemod, "ruleIndex": numbers[refusal.codemod]} if refusal.codemod else {}
    text = f"Left alone: {refusal.reason}. {refusal.suggestion}".strip()
    place = _location(refusal.path, refusal.line, refusal.line, refusal.symbol)
    return {**rule, "kind": "informational", "level": "none", "message": {"text": _text(text)}, "locations": [place]}


def _notification(failure: Failure) -> Json:
    return {"level": "error", "message": {"text": _text(f"{failure.path}: {failure.reason}")}}


def _location(path: str, line: int, end: int, symbol: str) -> Json:
    artifact = {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"}
    region = {"region": {"startLine": line, "endLine": max(line, end)}} if line else {}
    place: Json = {"physicalLocation": {"artifactLocation": artifact, **region}}
    return {**place, "logicalLocations": [{"fullyQualifiedName": plain(symbol)}]} if symbol else place


def _text(text: str) -> str:
    """Plain text of a message, in which brackets would be links and braces placeholders."""
    return re.sub(r"([\[\]\\])", r"\\\1", plain(text)).replace("{", "{{").replace("}", "}}")

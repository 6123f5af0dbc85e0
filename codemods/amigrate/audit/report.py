"""The JSON report of an audit, schema `amigrate.audit/1`; `audit.schema.json` beside this file describes it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import cast

from amigrate import __version__
from amigrate.audit.data import Audit, Blocker, Defect, Finding, MiddlewareAudit, Outcome, Place, Step, ViewAudit
from amigrate.plan.hops import Hops
from amigrate.plan.waits import Wait
from amigrate.review.report import plain

SCHEMA = "amigrate.audit/1"

Json = dict[str, object]


def report(audit: Audit) -> Json:
    """The audit as plain JSON data. Paths are relative to the project root, which is given as `.`."""
    return {
        "schema": SCHEMA,
        "amigrate": __version__,
        "project": {"root": ".", "django": audit.django, "python": audit.python},
        "summary": {
            "files_scanned": audit.files,
            "views": len(audit.views),
            **{f"views_{outcome.value}": len(audit.with_outcome(outcome)) for outcome in Outcome},
            "defects": len(audit.defects),
            "seconds": round(audit.seconds, 3),
        },
        "readiness": [_finding(one) for one in audit.readiness],
        "middleware": [_middleware(one) for one in audit.middleware],
        "hops_around_views": audit.around,
        "defects": [_defect(one) for one in audit.defects],
        "views": [_view(one) for one in audit.views],
        "order": [_step(one) for one in audit.order],
        "leave": [_step(one) for one in audit.leave],
        "failures": [{"path": plain(one.path), "reason": plain(one.reason)} for one in audit.failures],
        "notes": [plain(note) for note in audit.notes],
    }


def report_json(audit: Audit) -> bytes:
    """The report as indented UTF-8 JSON with a final newline."""
    return json.dumps(report(audit), indent=2, ensure_ascii=False).encode() + b"\n"


def schema() -> Json:
    """The JSON schema of the report."""
    return cast(Json, json.loads(files(__package__).joinpath("audit.schema.json").read_bytes()))


def _place(place: Place) -> Json:
    return {"path": plain(place.path), "line": place.line}


def _finding(one: Finding) -> Json:
    return {
        "topic": one.topic,
        "level": one.level.value,
        "text": plain(one.text),
        "remedy": plain(one.remedy),
        **_place(one.place),
    }


def _middleware(one: MiddlewareAudit) -> Json:
    return {"name": plain(one.name), "kind": one.kind, "hops": one.hops, "note": plain(one.note), **_place(one.place)}


def _defect(one: Defect) -> Json:
    return {
        "id": one.id,
        "effect": one.effect.value,
        "symbol": plain(one.symbol),
        "text": plain(one.text),
        "remedy": plain(one.remedy),
        **_place(one.place),
    }


def _view(one: ViewAudit) -> Json:
    return {
        "name": plain(one.name),
        **_place(one.place),
        "outcome": one.outcome.value,
        "hops_before": _hops(one.before),
        "hops_after": _hops(one.after),
        "hops_if_converted": _hops(one.if_converted),
        "verdict": plain(one.verdict),
        "blockers": [_blocker(blocker) for blocker in one.blockers],
        "waits_for": [_wait(wait) for wait in one.waits],
    }


def _hops(hops: Hops | None) -> Json | None:
    if hops is None:
        return None
    loops = [
        {"path": plain(loop.path), "line": loop.line, "low": loop.low, "high": loop.high, "per": loop.per}
        for loop in hops.loops
    ]
    return {"low": hops.low, "high": hops.high, "loops": loops}


def _blocker(one: Blocker) -> Json:
    return {"reason": plain(one.reason), "suggestion": plain(one.suggestion), **_place(one.place)}


def _wait(one: Wait) -> Json:
    return {
        "path": plain(one.path),
        "line": one.line,
        "call": plain(one.call),
        "kind": one.kind,
        "instead": one.instead,
    }


def _step(one: Step) -> Json:
    return {"title": plain(one.title), "why": plain(one.why), "views": [plain(name) for name in one.views]}

"""The reports of an audit: the JSON schema, and text of the project that must stay text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

from jsonschema import Draft202012Validator

from amigrate.audit.data import Audit, Defect, Effect, Finding, Level, Outcome, Place, Step, ViewAudit
from amigrate.audit.html import html
from amigrate.audit.markdown import markdown
from amigrate.audit.report import report_json, schema
from amigrate.auditing import run_audit
from amigrate.options import Options
from amigrate.plan.hops import Hops, Loop

BOOKSHOP = Path(__file__).parents[2] / "fixtures/projects/bookshop"
HOSTILE = "</td><script>alert(1)</script> | `x` [a](javascript:b) \u202e\x1b[31m\nnew\udcff"


def bookshop() -> Audit:
    return run_audit(BOOKSHOP, Options(jobs=1, pyrefly=False, cache=False), lambda *_: None)


def hostile() -> Audit:
    place = Place(HOSTILE, 3)
    view = ViewAudit(
        HOSTILE, place, Outcome.POSSIBLE, Hops(1, 1), Hops(2, 3, (Loop(HOSTILE, 3, 1, 1),)), verdict=HOSTILE
    )
    return Audit(
        "/",
        "5.2",
        "3.12",
        1,
        readiness=(Finding("Server", Level.BLOCKER, HOSTILE, HOSTILE, place),),
        views=(view,),
        defects=(Defect("not-awaited", Effect.SILENT, place, HOSTILE, HOSTILE, HOSTILE),),
        order=(Step(HOSTILE, HOSTILE, (HOSTILE,)),),
        leave=(Step(HOSTILE, HOSTILE, (HOSTILE,)),),
        notes=(HOSTILE,),
    )


def test_json_follows_its_schema() -> None:
    validator = Draft202012Validator(schema())
    Draft202012Validator.check_schema(schema())
    for audit in (bookshop(), hostile(), Audit("/", "5.2", "3.12", 0)):
        validator.validate(json.loads(report_json(audit)))


def test_json_has_the_numbers() -> None:
    found = json.loads(report_json(bookshop()))
    views = {view["name"]: view for view in found["views"]}
    detail = views["catalogue.views.book_detail"]
    assert (detail["path"], detail["outcome"]) == ("catalogue/views.py", "possible")
    assert detail["hops_before"] == {"low": 1, "high": 1, "loops": []}
    assert detail["hops_after"]["low"] > 1 and detail["hops_after"]["high"] >= detail["hops_after"]["low"]
    assert views["catalogue.views.newest_review"]["outcome"] == "convert"
    assert views["catalogue.views.PublisherList"]["hops_after"] is None
    assert "ListView" in views["catalogue.views.PublisherList"]["blockers"][0]["reason"]
    assert found["summary"]["views"] == len(views) == 16


class Page(HTMLParser):
    """The tags of a page, and what it says; complains about tags that are left open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def test_html_shows_text_as_text() -> None:
    page = Page()
    source = html(hostile()).decode()
    page.feed(source)
    assert not page.open
    assert "script" not in page.tags and "a" not in page.tags and "img" not in page.tags
    assert "<script>alert(1)</script>" in page.said
    assert "\x1b" not in source and "\u202e" not in source
    assert "http://" not in source and "https://" not in source and " src=" not in source


def test_html_is_one_page_with_all_parts() -> None:
    page = Page()
    page.feed(html(bookshop()).decode())
    assert not page.open
    for words in ("Async audit", "What to do first", "Readiness", "catalogue.views.book_detail", "Hops now"):
        assert words in page.said
    assert page.tags.count("h1") == 1


def test_markdown_shows_text_as_text() -> None:
    text = markdown(hostile()).decode()
    assert (
        "<script>" not in text and "](" not in text.replace("\\]", "") and "\x1b" not in text and "\u202e" not in text
    )
    rows = [line for line in text.splitlines() if line.startswith("|")]
    widths = [len(row.replace("\\\\", "").replace("\\|", "").split("|")) for row in rows]
    assert set(widths) <= {6, 7}  # a table of four columns and two of five


def test_markdown_has_all_parts() -> None:
    text = markdown(bookshop()).decode()
    assert text.startswith("# Async audit\n") and text.endswith("\n")
    assert "| catalogue.views.newest\\_review | 1 | 1 |" in text
    assert "## What to do first" in text and "## Readiness" in text

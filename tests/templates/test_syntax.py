"""`template-syntax`: djade's updates of tags, and nothing else of what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.templates.syntax import syntax_edits, updates
from amigrate.testing import Fixture, fixtures_of
from tests.tree import apply, change_set, texts, write_project

FIXTURES = Path(__file__).parents[2] / "fixtures"


def updated(source: bytes, django: str) -> bytes:
    found = syntax_edits({"a.html": source}, django)
    assert not found.failures
    for edit in reversed(found.edits):
        source = source[: edit.start] + edit.after + source[edit.end :]
    return source


@pytest.mark.parametrize("case", fixtures_of(FIXTURES, "template-syntax"), ids=lambda case: case.name)
def test_case(case: Fixture) -> None:
    after = updated(case.before.encode(), case.options["django"])
    assert after.decode() == case.after
    assert updated(after, case.options["django"]) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'\xef\xbb\xbf{% trans "\xc3\xbc" %}\r\n\r\n\r\n', b'\xef\xbb\xbf{% translate "\xc3\xbc" %}\r\n\r\n\r\n'),
        (b'{% trans "a" %}\xff \t', None),
        (b"", b""),
        (b"{{ rows|json_script:'' }}", b"{{ rows|json_script }}"),
    ],
)
def test_bytes_outside_stay(before: bytes, after: bytes | None) -> None:
    if after is None:  # what is not UTF-8 djade does not read
        assert updated(before, "5.2") == before
    else:
        assert updated(before, "5.2") == after


def test_ignore_comment() -> None:
    source = b'{% trans "a" %}{# amigrate: ignore #}\n{% trans "b" %}'
    assert updated(source, "5.2") == b'{% trans "a" %}{# amigrate: ignore #}\n{% translate "b" %}'


def test_other_tags_are_an_error() -> None:
    assert updates(b"{{ a }}", "{{ a }}{{ b }}") is None


def test_only_if_selected(tmp_path: Path) -> None:
    path = "shop/templates/a.html"
    root = write_project(tmp_path, {path: '{%trans "a"%}', "shop/jinja2/b.html": '{%trans "a"%}'})
    assert not change_set(root).changes
    changes = change_set(root, select=("template-syntax",))
    assert texts(changes) == {path: '{% translate "a" %}'}
    (group,) = changes.groups
    assert (group.id, group.lead) == (f"template-syntax:{path}", "template-syntax")
    apply(root, changes)
    again = change_set(root, select=("template-syntax",))
    assert not again.changes and not again.failures

"""System checks: what they find, where, and what they leave alone."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, run_checks
from django.test import SimpleTestCase, override_settings

from django_ahead.checks import check_async_tags, check_context_processors, check_unawaited


def templates(folder: str | Path = "", **options: Any) -> dict[str, Any]:
    backend = "django_ahead.template.backends.django.DjangoTemplates"
    return {"BACKEND": backend, "DIRS": [folder] if folder else [], "APP_DIRS": False, "OPTIONS": options}


class Checks(SimpleTestCase):
    def found(self, check: Any) -> list[CheckMessage]:
        messages = check(None)
        for message in messages:
            self.assertTrue(message.hint)
        return list(messages)

    def test_they_are_registered(self) -> None:
        self.assertIn("ahead.W001", {message.id for message in run_checks()})

    def test_site_has_only_the_one_that_is_meant(self) -> None:
        self.assertEqual(self.found(check_context_processors), [])
        self.assertEqual(self.found(check_async_tags), [])
        (message,) = self.found(check_unawaited)
        self.assertEqual(message.id, "ahead.W001")
        self.assertRegex(
            message.msg, r"unawaited\.html, line 3: `author\.title_list` looks like library\.models\.Author"
        )

    def test_async_context_processor(self) -> None:
        path = "library.processors.coroutine"
        jinja = {"BACKEND": "django.template.backends.jinja2.Jinja2", "OPTIONS": {"context_processors": [path]}}
        with override_settings(TEMPLATES=[templates(context_processors=[path]), jinja]):
            messages = self.found(check_context_processors)
        self.assertEqual([message.id for message in messages], ["ahead.E001"] * 2)
        self.assertIn(path, messages[0].msg)

    def test_async_filters_and_tags(self) -> None:
        with override_settings(TEMPLATES=[templates(libraries={"wrong": "library.async_tags"})]):
            messages = self.found(check_async_tags)
        self.assertEqual([message.id for message in messages], ["ahead.E002"] * 3)
        kinds = [re.findall(r"template (\w+) '(\w+)'", message.msg)[0] for message in messages]
        self.assertEqual(kinds, [("filter", "later"), ("tag", "later_card"), ("tag", "later_tag")])

    def lines(self, source: str) -> list[tuple[str, str]]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "page.html").write_text(source)
            (Path(folder) / "picture.png").write_bytes(b"\x89PNG author.title_list \xff")
            with override_settings(TEMPLATES=[templates(folder)]):
                found = [re.search(r"line (\d+): `([^`]*)`", message.msg) for message in self.found(check_unawaited)]
        return [(match[1], match[2]) for match in found if match]

    def test_uses_of_async_names(self) -> None:
        source = "{{ a.title_list }}\n{% if x.y.editor.name %}{% endif %}\n{% for p in author.pages %}{% endfor %}"
        self.assertEqual(self.lines(source), [("1", "a.title_list"), ("2", "x.y.editor"), ("3", "author.pages")])

    def test_uses_that_are_none(self) -> None:
        source = (
            "{% load ahead %}{% await a.title_list %}{% await a.editor as e %}"
            "{# a.editor #}{% comment %}{{ a.editor }}{% endcomment %}{% verbatim %}{{ a.editor }}{% endverbatim %}"
            "{% trans 'the a.editor is' %}{{ x|default:\"a.editor\" }} a.editor {{ a.editors }}"
            "{% with e=a.editor %}{% await e %}{% endwith %}"
            "{% if a.editor|awaited %}{% endif %}{% for p in a.pages | awaited|slice:'1:' %}{% endfor %}"
            # Sync in one model, async in the other: nobody can tell. Needs an argument: not called.
            "{{ a.description }}{{ a.needs_an_argument }}"
        )
        self.assertEqual(self.lines(source), [])

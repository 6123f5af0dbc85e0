"""The table of what is native since when, and that Django's own names are handed on."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import django
from django.test import SimpleTestCase
from django.utils.module_loading import import_string

from django_ahead import native

KNOWN = [name for name in native.NAMES if name.since is not None]


def find(path: str) -> Any:
    """The object at a dotted path, also a method of a class; None where there is none."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_string(module), name, None)
    except ImportError:
        return getattr(import_module(module), name, None)


class Table(SimpleTestCase):
    def test_every_name_is_in_this_django_exactly_when_the_table_says_so(self) -> None:
        for name in native.NAMES:
            with self.subTest(name.django):
                expected = name.since is not None and django.VERSION[:2] >= name.since
                self.assertEqual(find(name.django) is not None, expected)

    def test_every_public_name_is_there_and_async(self) -> None:
        for name in native.NAMES:
            with self.subTest(name.public):
                ours = find(name.public)
                self.assertTrue(inspect.isclass(ours) or inspect.iscoroutinefunction(ours))

    def test_functions_of_django_are_handed_on(self) -> None:
        handed_on = 0
        for name in native.NAMES:
            theirs, ours = find(name.django), find(name.public)
            if theirs is not None and name.same:
                with self.subTest(name.public):
                    self.assertIs(ours, theirs)
                    handed_on += 1
        self.assertEqual(handed_on, sum(name.same and name.since <= django.VERSION[:2] for name in KNOWN))

    def test_parameters_are_those_of_the_method(self) -> None:
        for name in native.NAMES:
            theirs = find(name.django)
            if theirs is None or not name.public.startswith("django_ahead.compat"):
                continue
            with self.subTest(name.public):
                expected = list(inspect.signature(theirs).parameters)
                given = list(inspect.signature(find(name.public)).parameters)
                self.assertEqual(given[1:] if expected[0] == "self" else given, expected[expected[0] == "self" :])

    def test_a_name_with_other_parameters_is_not_handed_on(self) -> None:
        def get_object_or_404(klass: Any) -> None: ...

        def redirect(*args: Any) -> None: ...

        self.assertIs(native.native("django.shortcuts", "get_object_or_404", get_object_or_404), get_object_or_404)
        self.assertIs(native.native("django.shortcuts", "nonsense", redirect), redirect)
        self.assertIs(native.native("django.nonsense", "redirect", redirect), redirect)

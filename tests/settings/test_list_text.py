"""An app more in a list of settings, in the style of the list."""

from __future__ import annotations

import ast

import pytest

from amigrate.settings.list_text import replaced, with_element, with_string

ADDED = [
    ('A = ["a"]\n', 'A = ["a", "x"]\n'),
    ("A = ('a',)\n", "A = ('a', 'x',)\n"),
    ('A = [\n    "a",\n    "b",\n]\n', 'A = [\n    "a",\n    "b",\n    "x",\n]\n'),
    ("A = [\n    'a',\n    'b'\n]\n", "A = [\n    'a',\n    'b',\n    'x'\n]\n"),
    ("A = [\n    'a',\n    'b'  # why\n]\n", "A = [\n    'a',\n    'b',  # why\n    'x'\n]\n"),
    (
        "A = [\n    'a',\n    'b',  # w\n    # m\n]\n",
        "A = [\n    'a',\n    'b',  # w\n    'x',\n    # m\n]\n",
    ),
    ('A = [\r\n\t"a",\r\n]\r\n', 'A = [\r\n\t"a",\r\n\t"x",\r\n]\r\n'),
    ('A = ["a",\n     "b"]\n', 'A = ["a",\n     "b", "x"]\n'),
    ('A = [\n    "a", "b",\n]\n', 'A = [\n    "a", "b", "x",\n]\n'),
    ('A = [*B, "ü", *C]\n', 'A = [*B, "ü", *C, "x"]\n'),
    ("\ufeffA = ['a']", "\ufeffA = ['a', 'x']"),
    ('é = 1; A = ["a"]\n', 'é = 1; A = ["a", "x"]\n'),
]
LEFT = [b"A = []\n", b"# coding: latin-1\nA = ['\xe9']\n", b"\fA = ['a']\n"]


def literal(source: bytes) -> ast.List | ast.Tuple:
    return next(n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.List | ast.Tuple))


@pytest.mark.parametrize(("before", "after"), ADDED)
def test_added_as_the_last(before: str, after: str) -> None:
    source = before.encode()
    change = with_element(source, literal(source), "x")
    assert change is not None
    assert replaced(source, change).decode() == after


@pytest.mark.parametrize("source", LEFT)
def test_left_alone(source: bytes) -> None:
    assert with_element(source, literal(source), "x") is None


@pytest.mark.parametrize(("before", "after"), [("A = 'a'", "A = 'b'"), ('A = r"a"', None), ('A = "a" ""', None)])
def test_string_keeps_its_quotes(before: str, after: str | None) -> None:
    value = ast.parse(before).body[0]
    assert isinstance(value, ast.Assign)
    assert isinstance(value.value, ast.Constant)
    change = with_string(before.encode(), value.value, "b")
    assert (change and replaced(before.encode(), change).decode()) == after

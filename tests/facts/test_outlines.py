"""Outlines of modules: the statements of modules and classes, where they stand in the file."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from amigrate.facts.outlines import outline
from amigrate.facts.reading import read_module

SOURCE = dedent(
    '''
    """Docs."""
    import a


    @a.deco(
        x=1,
    )
    def first(value, other="""
    text"""):
        inner = 1
        def nested(): pass
        return """
    def no(): pass
    """


    class Shelf(a.Base):
        @property
        async def title(self): return 1

        books = a.Many(
            "x",
        )

        class Meta:
            def method(self):
                pass
            ordering = ["x"]

        if a.flag:
            def late(self):
                pass
        else:
            late = None

    if a.flag:
        def chosen(): return 1
    TABLE = {"a": first}
    '''
)


def _outline(source: str | bytes) -> list[ast.stmt]:
    data = source.encode() if isinstance(source, str) else source
    return outline(data, read_module(data, "m.py", "m", ""))


def _without_functions(body: Sequence[ast.stmt]) -> list[str]:
    """What stands in a body and its classes, with its place, but for functions only their names and lines."""
    found: list[str] = []
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(f"def {statement.name} {statement.lineno}")
        elif isinstance(statement, ast.ClassDef | ast.If):
            found.append(f"{type(statement).__name__} {statement.lineno}")
            found += _without_functions(statement.body)
            found += _without_functions(getattr(statement, "orelse", []))
        else:
            found.append(ast.dump(statement, include_attributes=True))
    return found


def test_all_but_functions_stands_where_it_stood() -> None:
    assert _without_functions(_outline(SOURCE)) == _without_functions(ast.parse(SOURCE).body)
    assert "inner" not in "".join(map(ast.dump, _outline(SOURCE)))


def test_line_ends_of_windows_and_tabs() -> None:
    source = SOURCE.replace("    ", "\t").replace("\n", "\r\n")
    assert _without_functions(_outline(source)) == _without_functions(ast.parse(source).body)


def test_another_encoding_is_parsed_whole() -> None:
    source = "# coding: latin-1\ndef größe():\n    ä = 1\nx = 'ö'\n".encode("latin-1")
    assert [ast.dump(s) for s in _outline(source)] == [ast.dump(s) for s in ast.parse(source).body]


def test_names_that_are_not_ascii() -> None:
    source = "class Größe:\n    def ä(self):\n        return 1\n    x = 2\n"
    assert _without_functions(_outline(source)) == _without_functions(ast.parse(source).body)


def test_own_files() -> None:
    for path in Path(__file__).parents[2].glob("codemods/amigrate/plan/*.py"):
        source = path.read_bytes()
        assert _without_functions(_outline(source)) == _without_functions(ast.parse(source).body)

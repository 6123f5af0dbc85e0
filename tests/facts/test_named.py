"""What files may name, told by their bytes: at least what a parser finds in them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from amigrate.facts.named import imports_in, may_be_attribute, may_be_string

ROOT = Path(__file__).parents[2]


def _imported(source: str) -> set[tuple[int, str, str]]:
    """What the parser finds."""
    found: set[tuple[int, str, str]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(0, alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.level, node.module or "", alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import a",
        "import a.b as c, d",
        "from a import b",
        "from a.b import c as d, e",
        "from a import (b, c as d,\n    e,\n)",
        "from a import(b)",
        "from . import b",
        "from .. import b",
        "from .a.b import c",
        "from ...a import c",
        "from . a import c",
        "from a import *",
        "from .a import*",
        "from a import b, \\\n    c",
        "import a, \\\n    b",
        "if x: import a",
        "x = 1; import a; y = 2",
        "try: from a import b\nexcept E: pass",
        "def f():\n\tfrom a import b  # as always",
        "class A:\n    import a  # b, c",
        "from größe import maß",
    ],
)
def test_imports(source: str) -> None:
    assert set(imports_in(source.encode())) >= _imported(source)


def test_a_comment_between_names_needs_the_parser() -> None:
    with pytest.raises(ValueError, match="comment"):
        list(imports_in(b"from a import (\n    b,  # not (c)\n    d,\n)"))


def test_words_of_texts_are_not_imports() -> None:
    assert set(imports_in(b'x = "import a"\n# import b\n')) == set()


def test_attributes() -> None:
    read = ("x.name", "x . name", "(x.\n  name)", "(x.  # y\n    name)", "x.\\\nname", 'f"{x.name}"', "x.name = 1")
    assert all(may_be_attribute(source.encode(), ["other", "name"]) for source in read)
    others = ("x = name", "x.names", "x.my_name", "f(name=1)", '"name"')
    assert not any(may_be_attribute(source.encode(), ["name"]) for source in others)


def test_strings() -> None:
    assert may_be_string(b"x = 'a.name'", "name") and may_be_string(b'"""name"""', "name")
    assert not may_be_string(b"name = 'other'", "name")


def test_own_files() -> None:
    for path in (*ROOT.glob("codemods/amigrate/facts/*.py"), *ROOT.glob("tests/cli/*.py")):
        source = path.read_text()
        try:
            assert set(imports_in(source.encode())) >= _imported(source), path
        except ValueError:
            assert "#" in source
        attributes = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
        assert all(may_be_attribute(source.encode(), [name]) for name in attributes), path

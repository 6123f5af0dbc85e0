"""The one pass over a file: what it keeps, and what it does with files that cannot be read."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigrate.facts.reading import import_target, read_module
from amigrate.facts.values import reduce_value
from tests.memory import facts


def test_functions_have_python_s_own_qualnames() -> None:
    found = facts(
        """
        class Shelf:
            @property
            def total(self): return 1
            class Meta:
                def nested(self): pass
        async def outer(a, *, b=1):
            def inner(): yield 1
        if True:
            def conditional(): pass
        """
    )
    functions = {function.qualname: function for function in found.functions}
    assert set(functions) == {
        "Shelf.total",
        "Shelf.Meta.nested",
        "outer",
        "outer.<locals>.inner",
        "conditional",
    }
    assert functions["outer"].is_async and functions["outer"].parameters == ("a", "b")
    assert functions["outer.<locals>.inner"].is_generator and not functions["outer"].is_generator
    assert functions["Shelf.total"].owner == "Shelf" and functions["Shelf.total"].decorators == (("ref", "property"),)


def test_classes_keep_their_values_and_their_meta() -> None:
    found, _meta = facts(
        """
        class Book(base.Model, Mixin["T"]):
            title = models.CharField(max_length=10)
            pages: int = 3
            objects = Manager.from_queryset(Q)()
            class Meta:
                abstract = True
            def save(self): pass
        """
    ).classes
    assert found.bases == ("base.Model", "Mixin") and found.methods == ("save",)
    assert found.meta == (("abstract", ("const", True)),)
    assert dict(found.values)["title"] == ("call", "models.CharField", (), (("max_length", ("const", 10)),))
    assert dict(found.values)["pages"] == ("const", 3) and found.annotations == (("pages", "int"),)


def test_mentions_are_kept_by_scope() -> None:
    found = facts(
        """
        handlers = [helper]
        def view(request):
            return other.method(Name)
        """
    )
    scopes = {scope.qualname: scope for scope in found.scopes}
    assert "helper" in scopes[""].names and "Name" not in scopes[""].names
    assert {"other", "Name"} <= set(scopes["view"].names) and set(scopes["view"].attributes) == {"method"}


def test_strings_that_may_name_code_are_kept() -> None:
    found = facts('x = ["shop.views.detail", "detail", "two words", "a" * 3, "http://x.y", ""]')
    assert found.dotted_strings == {"shop.views.detail"}
    assert found.words == {"detail"}  # a single letter says nothing


@pytest.mark.parametrize(
    ("path", "statement", "target"),
    [
        ("shop/views.py", "from . import x", "shop"),
        ("shop/views.py", "from .models import x", "shop.models"),
        ("shop/api/views.py", "from ..models import x", "shop.models"),
        ("shop/__init__.py", "from . import x", "shop"),
        ("shop/__init__.py", "from .views import x", "shop.views"),
        ("shop/api/__init__.py", "from .. import x", "shop"),
        ("shop/views.py", "from other import x", "other"),
    ],
)
def test_relative_imports(path: str, statement: str, target: str) -> None:
    node = ast.parse(statement).body[0]
    assert isinstance(node, ast.ImportFrom)
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert import_target(module, path.endswith("__init__.py"), node) == target
    assert facts(statement, path).imports == (("x", f"{target}.x"),)


def test_imports_bind_local_names() -> None:
    found = facts("import a.b\nimport c.d as e\nfrom f import *\ndef g():\n    from h import i as j")
    assert dict(found.imports) == {"a": "a", "e": "c.d", "j": "h.i"}
    assert found.stars == ("f",)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"def f(:\n", "SyntaxError: invalid syntax (line 1)"),
        (b"# coding: no-such-codec\n", "SyntaxError: "),
        (b"x = '\xff'\n", "SyntaxError: "),
        (b"x = 1\0", "source code string cannot contain null bytes"),
        (b"x = " + b"-" * 100_000 + b"1\n", ""),
    ],
)
def test_what_cannot_be_read_is_an_error_of_its_own(source: bytes, error: str) -> None:
    found = read_module(source, "a.py", "a", "d")
    assert found.error and error in found.error and "\n" not in found.error
    assert not found.functions


@given(st.text(alphabet="abcxyz.()[]'\"=,+{}:12 \n", max_size=40))
def test_any_expression_reduces_to_something_small(text: str) -> None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            value = reduce_value(node)
            assert value is None or value[0] in {"const", "ref", "call", "attr", "list", "dict"}
            hash(value)

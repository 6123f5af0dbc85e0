"""Names across modules, class hierarchies, and where names are mentioned."""

from __future__ import annotations

import pytest

from tests.memory import program

RESOLVED = {
    "own function": ({"a.py": "def f(): pass"}, "a", "f", "function a.f"),
    "imported": ({"a.py": "from b import f", "b.py": "def f(): pass"}, "a", "f", "function b.f"),
    "alias": ({"a.py": "from b import f as g", "b.py": "def f(): pass"}, "a", "g", "function b.f"),
    "through the module": ({"a.py": "import b", "b.py": "def f(): pass"}, "a", "b.f", "function b.f"),
    "through a dotted module": (
        {"a.py": "import p.b", "p/__init__.py": "", "p/b.py": "def f(): pass"},
        "a",
        "p.b.f",
        "function p.b.f",
    ),
    "re-exported": (
        {"a.py": "from p import f", "p/__init__.py": "from .b import f", "p/b.py": "def f(): pass"},
        "a",
        "f",
        "function p.b.f",
    ),
    "re-exported twice, under another name": (
        {"a.py": "from p import h", "p/__init__.py": "from p.b import g as h", "p/b.py": "from c import f as g"}
        | {"c.py": "class f: pass"},
        "a",
        "h",
        "class c.f",
    ),
    "star": ({"a.py": "from b import *", "b.py": "def f(): pass"}, "a", "f", "function b.f"),
    "star of a star": (
        {"a.py": "from b import *", "b.py": "from c import *", "c.py": "class C: pass"},
        "a",
        "C",
        "class c.C",
    ),
    "an own name wins over a star": (
        {"a.py": "from b import *\ndef f(): pass", "b.py": "def f(): pass"},
        "a",
        "f",
        "function a.f",
    ),
    "star of a library": ({"a.py": "from lib import *"}, "a", "f", "external lib.f"),
    "submodule": ({"a.py": "from p import b", "p/__init__.py": "", "p/b.py": "x = 1"}, "a", "b", "module p.b"),
    "a package that rebinds the name of its submodule": (
        {
            "a.py": "from p import detail",
            "p/__init__.py": "from .detail import detail",
            "p/detail.py": "def detail(): pass",
        },
        "a",
        "detail",
        "function p.detail.detail",
    ),
    "relative": (
        {"p/__init__.py": "", "p/a.py": "from .b import f", "p/b.py": "def f(): pass"},
        "p.a",
        "f",
        "function p.b.f",
    ),
    "relative, two up": (
        {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/a.py": "from ..b import f", "p/b.py": "def f(): pass"},
        "p.q.a",
        "f",
        "function p.b.f",
    ),
    "external": ({"a.py": "from django.db import models"}, "a", "models.Model", "external django.db.models.Model"),
    "value": ({"a.py": "x = f()"}, "a", "x", "value a.x"),
    "method": ({"a.py": "class A:\n    def f(self): pass"}, "a", "A.f", "function a.A.f"),
    "inherited method": (
        {"a.py": "from b import B\nclass A(B): pass", "b.py": "class B:\n    def f(self): pass"},
        "a",
        "A.f",
        "function b.B.f",
    ),
    "inner class": ({"a.py": "class A:\n    class B: pass"}, "a", "A.B", "class a.A.B"),
    "unknown": ({"a.py": ""}, "a", "nothing", "external nothing"),
}


@pytest.mark.parametrize("case", RESOLVED)
def test_resolve(case: str) -> None:
    files, module, name, expected = RESOLVED[case]
    found = program(files).resolve(module, name)
    assert f"{found.kind} {found.qualified}" == expected


def test_a_cycle_of_imports_ends() -> None:
    linked = program({"a.py": "from b import f", "b.py": "from a import f"})
    assert linked.resolve("a", "f").kind == "external"
    stars = program({"a.py": "from b import *", "b.py": "from a import *"})
    assert stars.resolve("a", "f").kind == "external"


def test_a_cycle_of_classes_ends() -> None:
    linked = program({"a.py": "import b\nclass A(b.B): pass", "b.py": "import a\nclass B(a.A): pass"})
    assert set(linked.linearise("a.A")) == {"a.A", "b.B"}
    assert set(linked.descendants("a.A")) == {"a.A", "b.B"}


def test_hierarchies() -> None:
    linked = program(
        {
            "a.py": """
            from lib import Base
            Alias = Base
            class A(Base):
                x = 1
                def f(self): pass
            class B(A): pass
            class C(B, Alias):
                def f(self): pass
            """
        }
    )
    assert linked.linearise("a.C") == ("a.C", "a.B", "a.A", "lib.Base")
    assert linked.externals("a.C") == ("lib.Base",)
    assert linked.find_method("a.B", "f") == "a.A" and linked.find_method("a.C", "f") == "a.C"
    assert linked.find_method("a.B", "g") is None
    assert set(linked.descendants("a.A")) == {"a.B", "a.C"}
    found = linked.class_value("a.C", "x")
    assert found is not None and found[1] == ("const", 1)


def test_duplicated() -> None:
    linked = program({"a.py": "if x:\n    def f(): pass\nelse:\n    def f(): pass\ndef g(): pass"})
    assert linked.duplicated == {"a.f"}


def test_mentions_follow_aliases() -> None:
    linked = program(
        {
            "a.py": "def f(): pass\ndef g(): return f()",
            "b.py": "from a import f as h\ndef k(): return h()\ntable = {'x': h}",
            "c.py": "import a\nclass C:\n    def m(self): return a.f",
            "d.py": "def other(): return 1",
        }
    )
    assert set(linked.mentions("f")) == {"a.g", "b.k", "b.", "c.C.m"}


def test_strings() -> None:
    linked = program({"a.py": 'x = "b.f"', "b.py": 'y = "f"', "c.py": 'z = "f"'})
    assert linked.dotted_strings == {"b.f": "a"}
    assert "f" not in linked.words  # too short to name anything
    assert program({"a.py": 'x = "total"'}).words == {"total": ("a",)}

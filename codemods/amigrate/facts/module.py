"""The facts of one file: what other files and the linking of the program need to know of it.

They hold no syntax tree, are small and are cached by content. Values of assignments are kept in a reduced form
(`Value`), which is what fields, managers, Meta options, settings and URL patterns are made of.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from amigrate.facts.values import Value

COMPUTED = "getattr()"  # stands among the words of a module that reads attributes with computed names


@dataclass(frozen=True, slots=True)
class Scope:
    """What is mentioned in one function body, or in the module's own statements (qualname "")."""

    qualname: str
    line: int
    names: Collection[str]  # each once
    attributes: Collection[str]


@dataclass(frozen=True, slots=True)
class Function:
    """A `def`. `qualname` is Python's own (`Shelf.total`, `f.<locals>.add`)."""

    qualname: str
    line: int
    decorators: tuple[Value, ...]
    is_async: bool
    is_generator: bool
    parameters: tuple[str, ...]
    owner: str  # qualname of the class it is a method of, or ""
    first: int = 0  # the line of its first decorator
    last: int = 0
    stores: frozenset[str] = frozenset()  # attributes of `self` that it assigns


@dataclass(frozen=True, slots=True)
class Class:
    """A `class` with the reduced values of its body's assignments; those of its `Meta` are under `meta`."""

    qualname: str
    line: int
    bases: tuple[str, ...]
    methods: tuple[str, ...]
    values: tuple[tuple[str, Value], ...]
    meta: tuple[tuple[str, Value], ...]
    annotations: tuple[tuple[str, str], ...] = ()
    decorators: tuple[Value, ...] = ()
    metaclass: str = ""


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """All facts of one file. `imports` maps local names to dotted targets; `error` is set when it cannot be parsed.

    `global_imports` are the names of `imports` that the module itself imports when it runs: the others are imported
    in functions, classes, or for type checkers only. `given` are the attributes that are assigned to other objects than
    `self`.

    `rebound` are the names of the module that functions bind, by a `global` statement.

    `template_names` are the names that templates in its strings use.

    `light` facts were made without a parser: one scope with every word of the file as a name and as an attribute.
    """

    path: str
    module: str
    digest: str
    imports: tuple[tuple[str, str], ...] = ()
    stars: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    calls: tuple[Value, ...] = ()
    scopes: tuple[Scope, ...] = ()
    dotted_strings: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    error: str = ""
    light: bool = False
    global_imports: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    rebound: frozenset[str] = frozenset()
    template_names: frozenset[str] = frozenset()

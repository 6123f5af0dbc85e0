"""Programs in memory, from dicts of texts: for the tests of facts and of the plan that need no files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from amigrate.discover.data import Role, Settings, SourceFile
from amigrate.discover.project import Project
from amigrate.facts import model_graph
from amigrate.facts.analyst import Analyst
from amigrate.facts.module import ModuleFacts
from amigrate.facts.program import Program
from amigrate.facts.reading import read_module


def module_of(path: str) -> str:
    """The dotted name of a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def facts(text: str, path: str = "shop/views.py") -> ModuleFacts:
    """The facts of one file; the text may be indented."""
    return read_module(dedent(text).encode(), path, module_of(path), "digest")


def program(files: Mapping[str, str], settings: Settings | None = None, tests: tuple[str, ...] = ()) -> Program:
    """A linked program; `tests` are the paths of its tests."""
    roles = {path: Role.TEST if path in tests else Role.CODE for path in files}
    sources = tuple(SourceFile(path, module_of(path), role) for path, role in roles.items())
    project = Project(Path(), sources, (), ("",), settings or Settings(), "5.2", "3.12", ())
    modules = {module_of(path): facts(text, path) for path, text in files.items()}
    return Program(project, modules, {file.module: file.role for file in sources})


def analyst(files: Mapping[str, str], settings: Settings | None = None) -> Analyst:
    """An analyst of a program."""
    linked = program(files, settings)
    sources = {path: dedent(text).encode() for path, text in files.items()}
    return Analyst(linked, model_graph.build(linked), sources.__getitem__)

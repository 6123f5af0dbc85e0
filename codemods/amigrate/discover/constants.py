"""The names that settings modules define, read from their source: assignments, star imports, conditional parts."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from amigrate.discover.expressions import ROOT, UNKNOWN, Module, dotted, evaluate, merge
from amigrate.discover.files import read_inside
from amigrate.discover.scripts import parse

_MAX_STATEMENTS = 50_000
_MAX_LOOP = 100


@dataclass(slots=True)
class Reader:
    """Reads modules of one project, each at most once.

    `find` gives the file of a dotted module name, "" for one that is not of the project; `paths` are all files.
    """

    root: Path
    find: Callable[[str], str]
    paths: Collection[str]
    modules: dict[str, Module] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    statements: int = 0

    def read(self, path: str) -> Module:
        """The names at the top level of the module in the file `path`, as far as they can be told."""
        if path not in self.modules:
            self.modules[path] = Module()  # what a circular import sees
            self.modules[path] = self.run(path, Module())
        return self.modules[path]

    def run(self, path: str, names: Module) -> Module:
        """Adds what the file `path` defines to `names`."""
        tree = parse(read_inside(self.root, path)) if path not in self.running else None
        if tree is None:
            return names
        self.running.add(path)
        names["__file__"] = f"{ROOT}/{path}"
        try:
            _Run(self, path, names).body(tree.body, sure=True)
        except RecursionError:  # a chain of imports or blocks without end: what was read until there stands
            pass
        finally:
            self.running.discard(path)
        return names


@dataclass(slots=True)
class _Run:
    """The reading of one module: `names` grows statement by statement. `sure` is false where a branch may not run."""

    reader: Reader
    path: str
    names: Module

    def body(self, statements: Sequence[ast.stmt], *, sure: bool) -> None:
        for statement in statements:
            self.reader.statements += 1
            if self.reader.statements > _MAX_STATEMENTS:
                return
            self._statement(statement, sure)

    def _statement(self, node: ast.stmt, sure: bool) -> None:
        match node:
            case ast.Assign():
                value = evaluate(node.value, self.names)
                for target in node.targets:
                    self._assign(target, value, sure)
            case ast.AnnAssign(value=ast.expr() as expression):
                self._assign(node.target, evaluate(expression, self.names), sure)
            case ast.AugAssign(op=ast.Add() | ast.BitOr()):
                total = ast.BinOp(node.target, node.op, node.value)
                self._assign(node.target, evaluate(total, self.names), sure)
            case ast.Expr(value=ast.Call() as call):
                self._call(call, sure)
            case ast.ImportFrom():
                self._import_from(node, sure)
            case ast.Import():
                for alias in node.names:
                    if alias.asname and (found := self.reader.find(alias.name)):
                        self._bind(alias.asname, self.reader.read(found), sure)
            case ast.If():
                self.body(node.body, sure=False)
                self.body(node.orelse, sure=False)
            case ast.Try():
                for part in (node.body, *(handler.body for handler in node.handlers), node.orelse):
                    self.body(part, sure=False)
                self.body(node.finalbody, sure=sure)
            case ast.With():
                self.body(node.body, sure=sure)
            case ast.For(target=ast.Name() as target):
                items = evaluate(node.iter, self.names)
                for item in items[:_MAX_LOOP] if isinstance(items, list) else ():
                    self.names[target.id] = item
                    self.body(node.body, sure=False)
            case ast.ClassDef():
                self.body(node.body, sure=False)  # django-configurations keeps the settings in classes

    def _assign(self, target: ast.expr, value: object, sure: bool) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, value, sure)
            case ast.Tuple(elts=targets) | ast.List(elts=targets) if isinstance(value, list):
                for each, item in zip(targets, value, strict=False):
                    self._assign(each, item, sure)
            case ast.Subscript(value=container, slice=ast.Constant(value=str() as key)):
                old = evaluate(container, self.names)
                # `DATABASES["default"]` may have come from the environment: what is set on top of it still counts.
                kept = old if isinstance(old, dict) else {}
                merged = value if sure else merge(kept.get(key, UNKNOWN), value)
                if not isinstance(old, Module):
                    self._assign(container, {**kept, key: merged}, sure=True)

    def _bind(self, name: str, value: object, sure: bool) -> None:
        self.names[name] = value if sure else merge(self.names.get(name, UNKNOWN), value)

    def _call(self, call: ast.Call, sure: bool) -> None:
        if isinstance(call.func, ast.Name) and call.func.id == "include":
            for argument in call.args:
                self._include(argument)
        if not isinstance(call.func, ast.Attribute) or not call.args:
            return
        old = evaluate(call.func.value, self.names)
        value = evaluate(call.args[-1], self.names)
        match call.func.attr, old, value:
            case "append", list(), _:
                self._assign(call.func.value, [*old, value], sure)
            case (("extend" | "__iadd__"), list(), list()):
                self._assign(call.func.value, [*old, *value], sure)
            case "insert", list(), _:
                index = evaluate(call.args[0], self.names)
                place = index if isinstance(index, int) else len(old)
                self._assign(call.func.value, [*old[:place], value, *old[place:]], sure)
            case "remove", list(), _ if sure:
                self._assign(call.func.value, [item for item in old if item != value], sure)
            case "update", dict(), dict():
                self._assign(call.func.value, old | value, sure)

    def _include(self, argument: ast.expr) -> None:
        """django-split-settings: `include("base.py", optional("local.py"))` runs files in this module's names."""
        if isinstance(argument, ast.Call) and dotted(argument.func) == "optional" and argument.args:
            argument = argument.args[0]
        pattern = evaluate(argument, self.names)
        if isinstance(pattern, str) and len(pattern) < 200:
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), pattern))
            for path in sorted(self.reader.paths):
                if path != self.path and path.endswith(".py") and fnmatchcase(path, wanted):
                    self.reader.run(path, self.names)
                    self.names["__file__"] = f"{ROOT}/{self.path}"

    def _import_from(self, node: ast.ImportFrom, sure: bool) -> None:
        for alias in node.names:
            source = self._find(node)
            if alias.name == "*":
                for name, value in self.reader.read(source).items() if source else ():
                    if not name.startswith("_"):
                        self._bind(name, value, sure)
                continue
            value = self.reader.read(source).get(alias.name, UNKNOWN) if source else UNKNOWN
            if value is UNKNOWN and (module := self._find(node, alias.name)):
                value = self.reader.read(module)
            self._bind(alias.asname or alias.name, value, sure)

    def _find(self, node: ast.ImportFrom, submodule: str = "") -> str:
        """The project's file that `from … import` names, "" for one from elsewhere."""
        below = ".".join(part for part in (node.module, submodule) if part)
        if not node.level:
            return self.reader.find(below) if below else ""
        folder = PurePosixPath(self.path)
        if node.level > len(folder.parents):
            return ""
        stem = (folder.parents[node.level - 1] / below.replace(".", "/")).as_posix()
        options = (f"{stem}.py", f"{stem}/__init__.py") if below else (f"{stem}/__init__.py",)
        return next((option for option in options if option in self.reader.paths), "")

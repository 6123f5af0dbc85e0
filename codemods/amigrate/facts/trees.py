"""The syntax trees of a program: only the functions that are looked at are parsed again."""

from __future__ import annotations

import ast
from array import array
from collections.abc import Callable, Container, Mapping
from itertools import accumulate

from amigrate.facts.module import Function, ModuleFacts
from amigrate.facts.nodes import forget_walks, inner_statements, walk
from amigrate.facts.outlines import outline
from amigrate.facts.program import Program
from amigrate.facts.reading import read_module

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Read = Callable[[str], bytes]
Assignment = ast.Assign | ast.AnnAssign
Assignments = dict[tuple[str, str], list[Assignment | None]]  # by class and name; None is of neither a call nor a dict


class Trees:
    """Parses on demand and remembers.

    Args:
        program: the linked program.
        read: gives the bytes of a file by its path.
    """

    def __init__(self, program: Program, read: Read) -> None:
        self.program = program
        self.read = read
        self._trees: dict[str, ast.Module | None] = {}
        self._nodes: dict[str, dict[str, FunctionNode]] = {}
        self._starts: dict[str, array[int]] = {}  # of the lines of a file; none where it is parsed as a whole
        self._full: dict[str, ModuleFacts] = {}
        self._assigned: dict[str, Assignments] = {}
        self._classes: dict[str, dict[tuple[str, int], ast.ClassDef]] = {}

    def reuse(self, other: Trees) -> None:
        """Takes over what was parsed for another program, of the files that both have in common."""
        mine, theirs = self.program.modules, other.program.modules
        for name in (name for name, facts in mine.items() if facts is theirs.get(name)):
            if name in other._trees:
                self._trees[name] = other._trees[name]
            if name in other._nodes:
                self._nodes[name] = other._nodes[name]
            if name in other._full:
                self._full[name] = other._full[name]
            if name in other._classes:
                self._classes[name] = other._classes[name]
            if name in other._assigned:
                self._assigned[name] = other._assigned[name]

    def full(self, module: str) -> ModuleFacts:
        """The whole facts of a module, also when only light ones were made of it."""
        facts = self.program.modules[module]
        if facts.light and module not in self._full:
            self._full[module] = read_module(self.read(facts.path), facts.path, module, facts.digest)
        return self._full.get(module, facts)

    def tree(self, module: str) -> ast.Module | None:
        """The syntax tree of a module, parsed once."""
        if module not in self._trees:
            facts = self.program.modules.get(module)
            try:
                self._trees[module] = ast.parse(self.read(facts.path)) if facts and not facts.error else None
            except (OSError, SyntaxError, ValueError):
                self._trees[module] = None
        return self._trees[module]

    def assigned(self, module: str, owner: str, name: str) -> list[Assignment | None]:
        """The assignments of calls and dicts to a name in the body of a module, or of a class in it; None for one of
        others."""
        if module not in self._assigned:
            _assignments(self._assigned.setdefault(module, {}), self.outline(module), "")
        return self._assigned[module].get((owner, name), [])

    def outline(self, module: str) -> list[ast.stmt]:
        """The statements of a module and its classes, of whose functions there are only the names; not remembered."""
        facts = self.program.modules.get(module)
        try:
            return outline(self.read(facts.path), facts) if facts and not facts.error else []
        except (OSError, SyntaxError, ValueError):
            tree = self.tree(module)
            return tree.body if tree else []

    def classes(self, module: str) -> Mapping[tuple[str, int], ast.ClassDef]:
        """The classes of a module by name and line, as they are in its outline."""
        if module not in self._classes:
            found = (node for node in walk(ast.Module(self.outline(module), [])) if isinstance(node, ast.ClassDef))
            self._classes[module] = {(node.name, node.lineno): node for node in found}
        return self._classes[module]

    def node(self, qualified: str) -> FunctionNode | None:
        """The `def` of a function."""
        found = self.program.functions.get(qualified)
        if found is None:
            return None
        module, function = found
        nodes = self._nodes.setdefault(module.module, {})
        if function.qualname not in nodes:
            self._read_function(module, function)
        return nodes.get(function.qualname)

    def held(self, name: str) -> FunctionNode | ast.Module | None:
        """The `def` of a function, or the tree of a module (`module.`), if it is in memory."""
        if name.endswith("."):
            return self._trees.get(name[:-1])
        found = self.program.functions.get(name)
        return self._nodes.get(found[0].module, {}).get(found[1].qualname) if found is not None else None

    def keep_only(self, names: Container[str]) -> None:
        """Forgets all trees, until somebody asks for one again, but those of these functions, with what is in them, and
        modules (`module.`)."""
        for module, nodes in self._nodes.items():
            for qualname in list(nodes):
                if f"{module}.{outermost(qualname)}" not in names:
                    forget_walks(nodes.pop(qualname))
        for module, tree in list(self._trees.items()):
            if tree is not None and f"{module}." not in names:
                forget_walks(tree)
                del self._trees[module]

    def _read_function(self, module: ModuleFacts, function: Function) -> None:
        """Parses the lines of the outermost function around, not the whole file again."""
        top = outermost(function.qualname)
        around = self.program.functions.get(f"{module.module}.{top}", (module, function))[1]
        nodes = self._nodes[module.module]
        source = self.read(module.path)
        starts = self._starts.get(module.path)
        if starts is None:
            lines = source.splitlines(keepends=True)
            plain = b"coding" not in b"".join(lines[:2])  # another encoding: parsed as a whole
            starts = self._starts[module.path] = array("L", accumulate(map(len, lines), initial=0) if plain else ())
        try:
            body = _parse_lines(source, starts, around.first, around.last)
        except (SyntaxError, ValueError):
            body = []
        prefix = top.rpartition(".")[0]
        found = _functions(body, f"{prefix}." if prefix else "")
        if function.qualname not in found or f"{module.module}.{top}" in self.program.duplicated:
            tree = self.tree(module.module)
            found = _functions(tree.body if tree else [], "")
        nodes.update({name: node for name, node in found.items() if name not in nodes})


def outermost(name: str) -> str:
    """The name of the outermost function around a function, which may be itself."""
    return name.partition(".<locals>.")[0]


def _assignments(found: Assignments, body: list[ast.stmt], owner: str) -> None:
    names = set[str]()
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name)):
                kept = statement if isinstance(statement.value, ast.Call | ast.Dict) else None
                found.setdefault((owner, name), []).append(kept)
        elif isinstance(statement, ast.ClassDef) and statement.name not in names:  # of several the first
            names.add(statement.name)
            _assignments(found, statement.body, f"{owner}.{statement.name}" if owner else statement.name)


def _parse_lines(source: bytes, starts: array[int], first: int, last: int) -> list[ast.stmt]:
    """The statements on some lines of a file, with the positions that they have in the file."""
    text = source[starts[first - 1] : starts[last]] if last < len(starts) else b""
    if not text[:1].isspace():
        return ast.parse(b"\n" * (first - 1) + text).body
    indented = ast.parse(b"\n" * (first - 2) + b"if 1:\n" + text).body[0]
    return indented.body if isinstance(indented, ast.If) else []


def _functions(body: list[ast.stmt], start: str) -> dict[str, FunctionNode]:
    found: dict[str, FunctionNode] = {}
    _note_functions(found, body, start)
    return found


def _note_functions(found: dict[str, FunctionNode], body: list[ast.stmt], prefix: str) -> None:
    stack: list[ast.AST] = list(reversed(body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[prefix + node.name] = node
            _note_functions(found, node.body, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            _note_functions(found, node.body, f"{prefix}{node.name}.")
        else:
            stack.extend(list(inner_statements(node))[::-1])

"""Every use of Channels in a project: where it stands, and by which import."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amigrate.discover.project import Role
from amigrate.facts.module import ModuleFacts
from amigrate.facts.named import may_import
from amigrate.facts.nodes import parents, walk
from amigrate.plan.channels.names import NAMES
from amigrate.plan.context import Context

PACKAGE = "channels"


@dataclass(frozen=True, eq=False)
class Use:
    """A name or attribute that means something of Channels.

    Args:
        module, path, role: the file that it is in.
        node: the whole name (`websocket.WebsocketConsumer`).
        dotted: what it means.
        imported: the (module, name) of the import at the top of the file that brings it, None where none does.
    """

    module: str
    path: str
    role: Role
    node: ast.expr
    dotted: str
    imported: tuple[str, str] | None

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.node.lineno


@dataclass(frozen=True, slots=True)
class Uses:
    """All uses, and what is not understood of them: (path, line, reason)."""

    found: tuple[Use, ...] = ()
    unclear: tuple[tuple[str, int, str], ...] = ()


def uses_of_channels(context: Context) -> Uses:
    """The uses in code and tests."""
    program = context.analyst.program
    found: list[Use] = []
    unclear: list[tuple[str, int, str]] = []
    if any(name.partition(".")[0] == PACKAGE for name in program.modules):
        return Uses()  # the project's own package of that name
    for name, module in program.modules.items():
        role = program.roles.get(name, Role.CODE)
        if role not in (Role.CODE, Role.TEST) or not _mentions(context, module):
            continue
        tree = context.analyst.trees.tree(name)
        if tree is None:
            continue
        bound, stars = imports_of(tree)
        local = {text: pair for text, pair in bound.items() if pair[1].partition(".")[0] == PACKAGE}
        unclear += [(module.path, line, f"`from {star} import *` may bring anything") for line, star in stars]
        if local:
            found += _in_tree(tree, local, name, module.path, role)
    return Uses(tuple(found), tuple(unclear))


def _mentions(context: Context, module: ModuleFacts) -> bool:
    """Whether a file may import Channels: those that are only skimmed are asked for it without parsing them."""
    if module.light:
        mentioned = any(PACKAGE in scope.names for scope in module.scopes)
        return mentioned and may_import(context.analyst.trees.read(module.path), PACKAGE)
    targets = (*(target for _, target in module.imports), *module.stars)
    return any(target.partition(".")[0] == PACKAGE for target in targets)


def imports_of(tree: ast.Module) -> tuple[dict[str, tuple[tuple[str, str] | None, str]], list[tuple[int, str]]]:
    """Each imported name with the import at the top of the file (None for one inside of something), and what it means.

    And the lines and modules of star imports of Channels.
    """
    found: dict[str, tuple[tuple[str, str] | None, str]] = {}
    stars: list[tuple[int, str]] = []
    for node in walk(tree):  # those at the top come first
        top = node in tree.body
        if isinstance(node, ast.ImportFrom):
            module = module_text(node)
            for alias in node.names:
                if alias.name == "*" and module.partition(".")[0] == PACKAGE:
                    stars.append((node.lineno, module))
                local, pair = alias.asname or alias.name, (module, alias.name) if top else None
                found.setdefault(local, (pair, f"{module}.{alias.name}"))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                found.setdefault(local, ((alias.name, "") if top else None, alias.name if alias.asname else local))
    return found, stars


def _in_tree(
    tree: ast.Module,
    local: Mapping[str, tuple[tuple[str, str] | None, str]],
    module: str,
    path: str,
    role: Role,
) -> Iterator[Use]:
    up = parents(tree)
    for node in walk(tree):
        if not isinstance(node, ast.Name) or node.id not in local:
            continue
        pair, dotted = local[node.id]
        whole: ast.expr = node
        while dotted not in NAMES and isinstance(parent := up.get(whole), ast.Attribute) and parent.value is whole:
            whole, dotted = parent, f"{dotted}.{parent.attr}"
        yield Use(module, path, role, whole, dotted, pair)


def module_text(statement: ast.ImportFrom) -> str:
    """The module of a from-import, with the dots of a relative one."""
    return "." * statement.level + (statement.module or "")


def inner_imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """The from-imports of Channels that are not at the top of a file: in functions, `try` and `if`."""
    for node in walk(tree):
        inner = isinstance(node, ast.ImportFrom) and node not in tree.body and not node.level
        if isinstance(node, ast.ImportFrom) and inner and (node.module or "").partition(".")[0] == PACKAGE:
            yield node

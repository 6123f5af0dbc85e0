"""The class-based views that URL patterns and routers of Django REST framework name."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.discover.project import Role
from amigrate.facts.program import Program
from amigrate.facts.values import Value

_HTTP = ("get", "post", "put", "patch", "delete", "head", "trace")


def class_views(program: Program) -> tuple[str, ...]:
    """The project's classes with `.as_view()` in a URL pattern, or registered with a router; by qualified name."""
    found: dict[str, None] = {}
    for module in program.modules.values():
        if program.roles.get(module.module) is not Role.CODE:
            continue
        patterns = [v for n, v in module.values if n.rpartition(".")[2].endswith("patterns") or n.endswith("_urls")]
        for value in (*patterns, *module.calls):
            for name in _classes(value):
                symbol = program.resolve(module.module, name)
                if symbol.kind == "class" and not _is_admin(program, symbol.qualified):
                    found[symbol.qualified] = None
    return tuple(sorted(found))


def _is_admin(program: Program, qualified: str) -> bool:
    """Whether it is what `admin.site.register(Book, BookAdmin)` names, which is no router."""
    return any(".admin." in f"{base}." for base in program.externals(qualified))


def _classes(value: Value) -> Iterator[str]:
    if value is None:
        return
    if value[0] == "list":
        for item in value[1]:
            yield from _classes(item)
    elif value[0] == "call":
        func = value[1]
        if isinstance(func, str) and func.endswith(".as_view"):
            yield func.removesuffix(".as_view")
        elif isinstance(func, str) and func.endswith(".register") and len(value[2]) > 1:
            if (given := value[2][1]) and given[0] == "ref":
                yield given[1]
        elif isinstance(func, tuple):
            yield from _classes(func)
        for argument in (*value[2], *(one for _, one in value[3])):
            yield from _classes(argument)


def handlers(program: Program, qualified: str) -> tuple[str, ...]:
    """The methods of a class view that answer requests, its own and inherited ones of the project."""
    found = []
    for name in _HTTP:
        owner = program.find_method(qualified, name)
        if owner is not None:
            found.append(f"{owner}.{name}")
    return tuple(found)

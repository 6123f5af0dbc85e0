"""Entry points: the functions that Django calls through URLconfs, and those that the user names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from amigrate.discover.project import Role
from amigrate.facts.module import ModuleFacts
from amigrate.facts.program import Program
from amigrate.facts.values import Value

_ROUTES = frozenset({"path", "re_path", "url"})
_PARAMETER = re.compile(r"<(\w+):(\w+)>")
_BUILT_IN = frozenset({"int", "str", "slug", "uuid", "path"})


@dataclass(frozen=True, slots=True)
class Route:
    """A view in a URLconf: a function, or with `is_class` a class with `as_view()`.

    `wrappers` are the calls around it there, outermost first; `converted` the parameters that the project's own path
    converters make, which may be model instances; `arguments` the names of what `as_view()` is given.
    """

    view: str
    urlconf: str
    wrappers: tuple[str, ...] = ()
    partial: bool = False
    converted: frozenset[str] = frozenset()
    is_class: bool = False
    arguments: frozenset[str] = frozenset()


def routes(program: Program) -> tuple[Route, ...]:
    """All views that URL patterns of the program name (tests' own URLconfs are left out)."""
    found: dict[Route, None] = {}
    for module in program.modules.values():
        if program.roles.get(module.module) is not Role.CODE:
            continue
        for call in module.calls:  # urlpatterns.append(path(…)), urlpatterns.extend([…])
            if (
                call is not None
                and call[0] == "call"
                and isinstance(call[1], str)
                and call[1].startswith("urlpatterns.")
            ):
                for argument in call[2]:
                    found.update(dict.fromkeys(_patterns(program, module, argument)))
        for name, value in module.values:
            if name.rpartition(".")[2].endswith("patterns") or name.endswith("_urls"):
                found.update(dict.fromkeys(_patterns(program, module, value)))
    return tuple(found)


def _patterns(program: Program, module: ModuleFacts, value: Value) -> Iterator[Route]:
    if value is None:
        return
    if value[0] == "list":
        for item in value[1]:
            yield from _patterns(program, module, item)
    elif value[0] == "call" and isinstance(value[1], str):
        if value[1].rpartition(".")[2] in _ROUTES:
            keywords = dict(value[3])
            view = keywords.get("view") or (value[2][1] if len(value[2]) > 1 else None)
            pattern = keywords.get("route") or (value[2][0] if value[2] else None)
            converted = _converted(pattern)
            for route in _view(program, module, view, ()):
                yield replace(route, converted=converted)
        for argument in value[2]:  # include([...]), i18n_patterns(...)
            if argument and argument[0] in ("list", "call"):
                yield from _patterns(program, module, argument)


def _converted(pattern: Value) -> frozenset[str]:
    text = pattern[1] if pattern is not None and pattern[0] == "const" and isinstance(pattern[1], str) else ""
    return frozenset(name for converter, name in _PARAMETER.findall(text) if converter not in _BUILT_IN)


def _view(program: Program, module: ModuleFacts, value: Value, wrappers: tuple[str, ...]) -> Iterator[Route]:
    if value is None:
        return
    if value[0] == "ref":
        symbol = program.resolve(module.module, value[1])
        if symbol.kind == "value":
            inner = program.value(symbol.module, symbol.name)
            if inner is not None and inner[0] == "call" and symbol.module in program.modules:
                yield from _view(program, program.modules[symbol.module], inner, wrappers)
        elif symbol.kind == "function":
            yield Route(symbol.qualified, module.module, wrappers)
    elif value[0] == "call":
        func = value[1]
        name = program.resolve(module.module, func).qualified if isinstance(func, str) else "?"
        if isinstance(func, tuple) and func[0] == "call" and isinstance(func[1], str):  # cache_page(60)(view)
            name = program.resolve(module.module, func[1]).qualified
        if name == "functools.partial" and value[2] and value[2][0] and value[2][0][0] == "ref":
            symbol = program.resolve(module.module, value[2][0][1])
            if symbol.kind == "function":
                yield Route(symbol.qualified, module.module, wrappers, partial=True)
        elif isinstance(func, str) and func.endswith(".as_view"):
            symbol = program.resolve(module.module, func.removesuffix(".as_view"))
            given = frozenset(key for key, _ in value[3])
            if symbol.kind == "class":
                yield Route(symbol.qualified, module.module, wrappers, is_class=True, arguments=given)
        elif isinstance(func, tuple) or not func.endswith("include"):
            for argument in value[2]:
                yield from _view(program, module, argument, (*wrappers, name))


def named(program: Program, patterns: Sequence[str]) -> tuple[str, ...]:
    """The functions that `MODULE:QUALNAME` globs match. A pattern without a colon raises ValueError."""
    found: dict[str, None] = {}
    for pattern in patterns:
        module_glob, colon, name_glob = pattern.partition(":")
        if not colon or not module_glob or not name_glob:
            raise ValueError(f"--entry {pattern!r}: expected MODULE:QUALNAME, such as 'shop.tasks:*'")
        for qualified, (module, function) in program.functions.items():
            if fnmatchcase(module.module, module_glob) and fnmatchcase(function.qualname, name_glob):
                found[qualified] = None
    return tuple(found)

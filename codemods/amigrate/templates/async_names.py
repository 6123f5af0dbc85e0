"""What is async by its name wherever a template looks it up: methods that take nothing, and that are sync nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amigrate.discover.project import Role
from amigrate.django_api.table import load
from amigrate.facts.module import Function
from amigrate.facts.values import decorator_name
from amigrate.plan.context import Context

# What a template can look up on values that are not the project's.
_BUILTIN = frozenset(
    name for kind in (str, bytes, dict, list, set, tuple, int, float) for name in dir(kind) if not name.startswith("_")
) | frozenset("name id pk url path data date time year month day user request object objects instance label".split())
_TAGS = ("simple_tag", "inclusion_tag", "simple_block_tag")


@dataclass(frozen=True, slots=True)
class AsyncNames:
    """Name → qualified function, for names that are async wherever the project has them; `doubtful` are the others."""

    sure: Mapping[str, str]
    doubtful: Mapping[str, str]


def async_names(context: Context) -> AsyncNames:
    """The names of the project's async methods that a template can call."""
    found = {name: qualified for qualified, name in _async_methods(context)}
    sync = _sync_names(context) if found else frozenset()
    sure = {name: found[name] for name in sorted(found) if name not in sync}
    return AsyncNames(sure, {name: found[name] for name in sorted(found) if name in sync})


def project_tags(context: Context) -> frozenset[str]:
    """The tags of the project whose arguments Django compiles, with filters."""
    program = context.analyst.program
    found: set[str] = set()
    for qualified, (module, function) in program.functions.items():
        tagging = [d for d in function.decorators if decorator_name(d).rpartition(".")[2] in _TAGS]
        if tagging and "templatetags" in module.path.split("/"):
            found.add(function.qualname)
            found.update(_given_names(context.analyst.trees.node(qualified)))
    return frozenset(found)


def _given_names(node: ast.AST | None) -> Iterator[str]:
    """The `name=` of the decorators of a tag."""
    for decorator in getattr(node, "decorator_list", ()):
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)


def _async_methods(context: Context) -> Iterator[tuple[str, str]]:
    program = context.analyst.program
    for qualified, (module, function) in program.functions.items():
        name = function.qualname.rpartition(".")[2]
        if not function.is_async or not function.owner or name.startswith("_"):
            continue
        if program.roles.get(module.module) is Role.CODE and not module.light and _takes_nothing(context, qualified):
            yield qualified, name


def _takes_nothing(context: Context, qualified: str) -> bool:
    """Whether a template can call a method: it needs no argument besides `self`."""
    node = context.analyst.trees.node(qualified)
    if not isinstance(node, ast.AsyncFunctionDef):
        return False
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    arguments = node.args
    needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults) - (not static)
    return needed <= 0 and all(default is not None for default in arguments.kw_defaults)


def _sync_names(context: Context) -> frozenset[str]:
    """Names that a template may look up, and that are not async: of functions, fields, attributes, and Django's own."""
    program, graph = context.analyst.program, context.analyst.graph
    found = set(_BUILTIN)
    found |= {_last(f) for _, f in program.functions.values() if not f.is_async}
    for model in graph.models.values():
        found |= {*model.fields, *model.managers}
        found |= {field.attname for field in model.fields.values()}
    for _, owner in program.classes.values():
        found |= {name for name, _ in (*owner.values, *owner.annotations)}
    for _, function in program.functions.values():
        found |= function.stores
    for module in program.modules.values():
        found |= module.given
    for pair in load().pairs.values():
        found |= {pair.name, pair.async_name}
    return frozenset(found)


def _last(function: Function) -> str:
    return function.qualname.rpartition(".")[2]

"""What a module defines beside its entry: functions, generators, context managers, decorators, classes, models."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz.grammar.blocks import parameters_of
from tests.fuzz.grammar.scope import Helper, Module, Scope, indented
from tests.fuzz.grammar.statements import body, some_kind


def scope(random: Random, module: Module, fuel: int, **given: object) -> Scope:
    """The scope of a new function."""
    return Scope(random, module, fuel=fuel, **given)  # type: ignore[arg-type]  # names of its fields


def hints(s: Scope, parameters: list[tuple[str, str]]) -> str:
    """The text of parameters; some are annotated."""
    found = []
    for name, kind in parameters:
        if s.chance(0.3):
            found.append(f"{name}: {hint(s, kind)}")
        else:
            found.append(name)
    return ", ".join(found)


def hint(s: Scope, kind: str) -> str:
    """An annotation."""
    shape, _, model = kind.partition(":")
    if model:
        s.use(f"from desk.models import {model}")
        s.use("from django.db.models import QuerySet")
    known = {"row": model, "maybe": f"{model} | None", "rows": f"list[{model}]", "qs": "QuerySet", "iter": "object"}
    known |= {"strs": "list[str]", "ints": "list[int]", "map": "dict[int, str]", "request": "object"}
    if shape == "qs" and s.chance(0.5):
        return f'"QuerySet[{model}]"'
    return known.get(shape, shape)


def result_of(s: Scope, gives: str) -> list[str]:
    """The statements of a function that gives a value of a kind."""
    lines = body(s, s.random.choice((0, 1, 1, 2, 3)))
    if any("out" in line for line in lines):
        lines = ["out = []", *lines]
    return [*lines, f"return {s.bare(gives)}"]


def function(random: Random, module: Module) -> None:
    """A plain function; its callers are whatever comes later."""
    s = scope(random, module, 10)
    name, gives, parameters = (
        module.unique(s.pick("load find collect describe total_of handle")),
        some_kind(s),
        parameters_of(s),
    )
    s.names.update(parameters)
    s.gives = gives
    returns = f" -> {hint(s, gives)}" if s.chance(0.25) else ""
    lines = [f"def {name}({hints(s, parameters)}){returns}:", *indented(result_of(s, gives))]
    if s.chance(0.15):
        lines = [f"@{decorator(s)}", *lines]
    elif s.chance(0.05) and gives in ("int", "str", "bool") and not parameters:
        s.use("from functools import lru_cache")
        lines = ["@lru_cache", *lines]
    elif s.chance(0.06):
        s.use("from django.db import transaction")
        lines = ["@transaction.atomic", *lines]
    _place(s, lines)
    module.helpers.append(Helper(name, tuple(parameters), gives))


def decorator(s: Scope) -> str:
    """Defines a decorator of the project's own and gives its name."""
    s.use("from functools import wraps")
    s.use("from desk.models import Log")
    name = s.module.unique(s.pick("logged counted traced"))
    extra = s.pick(["pass", 'Log.objects.create(action="called")', "str(function.__name__)"])
    s.module.blocks.append(
        f"def {name}(function):\n    @wraps(function)\n    def wrapper(*args, **kwargs):\n        {extra}\n"
        "        return function(*args, **kwargs)\n\n    return wrapper"
    )
    return name


def _place(s: Scope, lines: list[str]) -> None:
    s.module.blocks.append("\n".join(lines))


def generator(random: Random, module: Module) -> None:
    """A generator function."""
    s = scope(random, module, 10)
    kind = s.pick("str row:Task int")
    name, parameters = module.unique(s.pick("each walk stream")), parameters_of(s)
    s.names.update(parameters)
    model = s.model()
    source = s.bare(s.pick([f"qs:{model}", f"iter:{model}", f"rows:{model}"]))
    lines = body(s, s.random.choice((0, 0, 1)))
    with s.inner():
        each = s.bind(f"row:{model}")
        lines += [f"for {each} in {source}:", *indented(body(s, s.random.choice((0, 0, 1)), 2))]
        lines += indented([f"yield {s.bare(kind)}"])
    if s.chance(0.3):
        lines += [f"yield {s.bare(kind)}"]
    elif kind != "str" and s.chance(0.3):
        lines += [f"yield from {s.bare('qs:Task' if kind == 'row:Task' else 'ints')}"]
    if any("out" in line for line in lines):
        lines = ["out = []", *lines]
    _place(s, [f"def {name}({hints(s, parameters)}):", *indented(lines)])
    module.helpers.append(Helper(name, tuple(parameters), f"gen:{kind}", plain=False))


def context_manager(random: Random, module: Module) -> None:
    """A context manager, from a generator or as a class."""
    s = scope(random, module, 8)
    kind = s.pick("str row:Task int")
    name, parameters = module.unique(s.pick("opened during timed")), parameters_of(s)
    s.names.update(parameters)
    before, value = body(s, 1, 2), s.bare(kind)
    after = body(s, 1, 2)
    s.use("from contextlib import contextmanager")
    if any("out" in line for line in (*before, *after)):
        before = ["out = []", *before]
    lines = (
        [f"yield {value}", *after] if s.chance(0.5) else ["try:", f"    yield {value}", "finally:", *indented(after)]
    )
    _place(s, ["@contextmanager", f"def {name}({hints(s, parameters)}):", *indented([*before, *lines])])
    module.helpers.append(Helper(name, tuple(parameters), f"with:{kind}", plain=False))


def own_class(random: Random, module: Module) -> None:
    """A class with a constructor, methods and a property; instances are made where they are used."""
    s = scope(random, module, 14)
    name = module.unique(s.pick("Report Basket Service Finder")).replace("_", "")
    kept = some_kind(s)
    field = s.fresh(kept)
    s.names[f"self.{field}"] = kept
    methods: list[tuple[Helper, bool]] = []  # and whether it is a property
    lines = [f"class {name}:", f"    def __init__(self, {field}):", f"        self.{field} = {field}"]
    for _ in range(s.random.randrange(1, 4)):
        method, gives, parameters = (
            module.unique(s.pick("get_rows summary matches build")),
            some_kind(s),
            parameters_of(s),
        )
        with s.inner(gives=gives):
            s.names.update(parameters)
            inside = result_of(s, gives)
        lines += [""]
        read = not parameters and s.chance(0.25)
        if read:
            lines += ["    @property"]
        else:
            s.helpers.append(Helper(f"self.{method}", tuple(parameters), gives, plain=False))
        methods.append((Helper(method, tuple(parameters), gives), read))
        with_self = f"self, {hints(s, parameters)}" if parameters else "self"
        lines += [f"    def {method}({with_self}):", *indented(indented(inside))]
    _place(s, lines)
    for made, read in methods:
        wrapper = module.unique("run")
        given = "" if read else f"({', '.join(p for p, _ in made.parameters)})"
        values = [(f"made_{field}" if field in dict(made.parameters) else field, kept), *made.parameters]
        text = f"{name}({values[0][0]}).{made.name}{given}"
        module.blocks.append(f"def {wrapper}({', '.join(p for p, _ in values)}):\n    return {text}")
        module.helpers.append(Helper(wrapper, tuple(values), made.gives))


def receiver(random: Random, module: Module) -> None:
    """A receiver of a model's signal."""
    s = scope(random, module, 6)
    s.use("from django.db.models.signals import post_save, post_delete")
    s.use("from django.dispatch import receiver")
    s.use("from desk.models import Log")
    model = s.pick("Task Person Label Firm")
    s.use(f"from desk.models import {model}")
    s.names["instance"] = f"row:{model}"
    name = module.unique("note")
    text = s.bare("str")
    _place(
        s,
        [
            f"@receiver({s.pick('post_save post_delete')}, sender={model}, weak=False)",
            f"def {name}(sender, instance, **kwargs):",
            f"    Log.objects.create(action={text})",
        ],
    )


def entry(random: Random, module: Module, statements: int) -> None:
    """The function `f` that is executed."""
    s = scope(random, module, 12 + 8 * statements, gives="out")
    lines = body(s, statements)
    ends = [*s.known("int", "str", "bool", "strs", "ints", "map", "rows", "maybe", "row", "qs"), "out"]
    _place(s, ["def f():", *indented(["out = []", *lines, f"return {', '.join(dict.fromkeys([*ends[-4:], 'out']))}"])])


DEFINITIONS: list[tuple[int, Callable[[Random, Module], None]]] = [
    (10, function),
    (4, generator),
    (2, context_manager),
    (4, own_class),
    (1, receiver),
]

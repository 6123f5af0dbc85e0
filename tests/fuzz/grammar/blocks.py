"""Compound statements."""

from __future__ import annotations

import re

from tests.fuzz.grammar.calls import available, call
from tests.fuzz.grammar.querysets import iterable
from tests.fuzz.grammar.schema import any_model
from tests.fuzz.grammar.scope import Helper, Scope, indented, of, unwrapped
from tests.fuzz.grammar.statements import body, nested, observe, seen, some_kind, statement


@statement(9, block=True)
def loop(s: Scope) -> list[str]:
    model = s.model()
    source = iterable(s, model)
    with s.inner():
        hide(s, source)
        each = s.bind(f"row:{model}")
        lines = [f"for {each} in {unwrapped(source)}:"]
        if s.chance(0.25):
            lines += indented([f"if {s.bare('bool')}:", f"    {s.pick('break continue')}"])
        lines += nested(s, in_loop=True)
    if s.chance(0.15):
        lines += ["else:", *nested(s)]
    return lines


@statement(3, block=True)
def other_loop(s: Scope) -> list[str]:
    model = s.model()
    m = of(model)
    text = m.texts[0]
    one, two = iterable(s, model), iterable(s, model)
    query = s.expr(f"qs:{model}")
    generators = [h for kind in ("str", "row:Task", "int") for h in available(s, f"gen:{kind}")]
    heads = [
        (f"for {{}}, {{}} in enumerate({one}):", ("int", f"row:{model}")),
        (f"for {{}}, {{}} in zip({one}, {two}):", (f"row:{model}", f"row:{model}")),
        (f'for {{}} in {query}.values_list("{text}", flat=True):', ("str",)),
        (f'for {{}}, {{}} in {query}.values_list("pk", "{text}"):', ("int", "str")),
        (f"for {{}} in {s.bare('strs')}:", ("str",)),
        (f"for {{}} in {s.bare('ints')}:", ("int",)),
        (f"for {{}}, {{}} in {s.expr('map')}.items():", ("int", "str")),
        (f"for {{}} in range({s.random.randrange(3)}):", ("int",)),
    ]
    if generators:
        helper = s.random.choice(generators)
        heads += [(f"for {{}} in {call(s, helper)}:", (helper.gives.removeprefix("gen:"),))] * 8
    head, kinds = s.random.choice(heads)
    with s.inner():
        hide(s, head)
        for kind in kinds:
            head = head.replace("{}", s.bind(kind), 1)
        return [head, *nested(s, in_loop=True)]


@statement(2, block=True)
def while_loop(s: Scope) -> list[str]:
    model = s.model()
    with s.inner():
        rows = s.bare(f"rows:{model}")
        left, each = s.bind(f"rows:{model}"), s.fresh(f"row:{model}")
        lines = [f"{left} = list({rows})[:3]"]
        s.names[each] = f"row:{model}"
        del s.names[left]  # or the body might let it grow
        return [*lines, f"while {left}:", f"    {each} = {left}.pop({s.pick(['', '0'])})", *nested(s, in_loop=True)]


@statement(6, block=True)
def condition_block(s: Scope) -> list[str]:
    kind = s.pick(["bool", "bool", "bool", f"qs:{s.model()}", "maybe:Person", f"maybe:{s.model()}", "int", "strs"])
    with s.inner():
        if s.chance(0.25):
            text = s.bare(kind)
            name = s.fresh(kind)
            s.names[name] = kind.replace("maybe:", "row:")
            lines = [f"if ({name} := {text}):"]
        else:
            lines = [f"if {s.pick(['', 'not '])}{s.expr(kind)}:"]
        lines += nested(s)
    while s.chance(0.2):
        lines += [f"elif {s.bare('bool')}:", *nested(s)]
    if s.chance(0.4):
        lines += ["else:", *nested(s)]
    return lines


@statement(3)
def none_check(s: Scope) -> list[str]:
    model = any_model(s.random)
    text, name = s.bare(f"maybe:{model}"), s.fresh(f"maybe:{model}")
    lines = [f"{name} = {text}", f"if {name} is {s.pick(['None', 'not None'])}:"]
    s.names[name] = f"maybe:{model}"
    if lines[1].endswith("not None:"):
        with s.inner():
            s.names[name] = f"row:{model}"
            return [*lines, *nested(s)]
    if s.in_loop and s.chance(0.5):
        return [*lines, f"    {s.pick('continue break')}"]
    replacement = s.bare(f"row:{model}")
    s.names[name] = f"row:{model}"
    return [*lines, f"    {name} = {replacement}"]


@statement(2)
def early_exit(s: Scope) -> list[str] | None:
    if s.in_loop and s.chance(0.6):
        return [f"if {s.bare('bool')}:", f"    {s.pick('break continue')}"]
    if not s.gives:
        return None
    return [
        f"if {s.expr('bool')} and {s.expr('bool')}:",
        f"    return {s.bare(s.gives) if s.gives != 'out' else 'out'}",
    ]


@statement(4, block=True)
def guarded(s: Scope) -> list[str]:
    s.use("from django.core.exceptions import ObjectDoesNotExist")
    lines = ["try:", *nested(s)]
    if s.chance(0.8):
        error = s.pick(["Exception", "(ObjectDoesNotExist, LookupError)", "ValueError", "LookupError"])
        lines += [f"except {error}:", *nested(s)]
        if s.chance(0.2):
            lines += ["else:", *nested(s)]
        if s.chance(0.3):
            lines += ["finally:", *nested(s, in_loop=False)]
    else:
        lines += ["finally:", *nested(s, in_loop=False, gives="")]
    return lines


@statement(1, block=True)
def transaction(s: Scope) -> list[str]:
    s.use("from django.db import transaction")
    inside = nested(s, gives="", in_loop=False)
    if s.chance(0.3):
        inside += indented([f"transaction.on_commit(lambda: out.append({s.bare('str')}))"])
    if s.chance(0.2):
        lines = ["try:", *indented(["with transaction.atomic():", *inside, '    raise ValueError("undo")'])]
        return [*lines, "except ValueError:", *nested(s)]
    return ["with transaction.atomic():", *inside]


@statement(2, block=True)
def context(s: Scope) -> list[str]:
    managers = [h for kind in ("str", "row:Task", "int") for h in available(s, f"with:{kind}")]
    if managers and s.chance(0.8):
        helper = s.random.choice(managers)
        head = call(s, helper)
        with s.inner():
            name = s.bind(helper.gives.removeprefix("with:"))
            return [f"with {head} as {name}:", *nested(s)]
    s.use("from contextlib import suppress")
    return [f"with suppress({s.pick(['Exception', 'LookupError, ValueError'])}):", *nested(s)]


@statement(1, block=True)
def matched(s: Scope) -> list[str]:
    kind = s.pick("int str bool")
    values = {"int": ["0", "1 | 2", "5"], "str": ['"Alpha"', '"Ann" | "Bob"'], "bool": ["True", "False"]}[kind]
    cases = [f"case {value}:" for value in s.random.sample(values, s.random.randrange(1, len(values) + 1))]
    lines = [f"match {s.bare(kind)}:"]
    for case in cases:
        lines += indented([case, *nested(s)])
    with s.inner():
        name = s.bind(kind)
        test = f" if {s.bare('bool')}" if s.chance(0.5) else ""
        return [*lines, *indented([f"case {name}{test}:", *nested(s)])]


@statement(3, block=True)
def closure(s: Scope) -> list[str]:
    """A function in the function, which may read what is around it."""
    gives = some_kind(s)
    name = s.module.unique(s.pick("inner pick compute find"))
    parameters = parameters_of(s)
    with s.inner(gives=gives, in_loop=False, depth=2, taken=frozenset(s.names)):
        s.names = {k: v for k, v in s.names.items() if v != "request"}
        s.names.update(parameters)
        lines = [f"def {name}({', '.join(p for p, _ in parameters)}):"]
        if s.chance(0.6):
            lines += indented(body(s, 1, 2))
        lines += indented([f"return {s.bare(gives)}"])
    s.helpers.append(Helper(name, tuple(parameters), gives))
    if s.chance(0.5):
        lines += [seen(s, call(s, s.helpers[-1]))] if gives in ("int", "str", "bool", "strs") else observe(s)
    return lines


@statement(1)
def lambda_kept(s: Scope) -> list[str]:
    model = s.model()
    name = s.module.unique(s.pick("key by as_text"))
    with s.inner(depth=3):
        each = s.bind(f"row:{model}")
        text = s.bare("str")
    s.helpers.append(Helper(name, ((each, f"row:{model}"),), "str"))
    return [f"{name} = lambda {each}: {text}"]


def hide(s: Scope, head: str) -> None:
    """Forgets the lists that a loop runs through: one that grows meanwhile has no end."""
    for name in re.findall(r"\w+", head):
        if s.names.get(name, "").startswith(("strs", "ints", "rows", "map", "iter")):
            del s.names[name]


def parameters_of(s: Scope) -> list[tuple[str, str]]:
    """The parameters of a new function."""
    found: dict[str, str] = {}
    for _ in range(s.random.choice((0, 1, 1, 1, 2, 2, 3))):
        kind = some_kind(s)
        with s.inner(taken=frozenset(s.names) | frozenset(found)):
            found[s.fresh(kind)] = kind
    return list(found.items())

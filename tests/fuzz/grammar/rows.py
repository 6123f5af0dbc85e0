"""Expressions that give one row, perhaps one, or a list of rows."""

from __future__ import annotations

from tests.fuzz.grammar.querysets import condition, field, iterable, lists
from tests.fuzz.grammar.schema import MODELS
from tests.fuzz.grammar.scope import Scope, of, yields


def key_of(s: Scope, model: str) -> str:
    if s.chance(0.02):
        return "99"
    return '"T1"' if model == "Ticket" else str(s.random.randrange(of(model).rows) + 1)


def filled(s: Scope, model: str) -> str:
    """A queryset that has most often rows."""
    order = s.pick(["all()", 'order_by("-pk")'])
    return s.expr(f"qs:{model}") if s.chance(0.2) else f"{lists(s, model)}.{order}"


def made(s: Scope, model: str) -> str:
    """The arguments that make a row."""
    template = of(model).new
    for name in ("Person", "Ticket"):
        if f"{{{name}}}" in template:
            template = template.replace(f"{{{name}}}", s.bare(f"row:{name}"))
    while "{text}" in template:
        text = s.expr("str") if s.chance(0.3) else s.word()
        template = template.replace("{text}", f"f'new {{{s.random.randrange(999)}}}'" if model == "Label" else text, 1)
    return template.replace("{number}", s.bare("int") if s.chance(0.3) else str(s.random.randrange(9)))


@yields("row", 14, leaf=True)
def variable(s: Scope, model: str) -> str | None:
    return s.variable("row", model=model)


@yields("row", 4, leaf=True)
def got(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.get(pk={key_of(s, model)})"


@yields("row", 3)
def first(s: Scope, model: str) -> str:
    end = s.pick(["first()", "first()", "last()", 'earliest("pk")', 'latest("pk")'])
    return f"{filled(s, model)}.{end}"


@yields("row", 2)
def indexed(s: Scope, model: str) -> str:
    return f"{filled(s, model)}[{0 if of(model).rows == 1 else s.pick('0 0 0 1')}]"


@yields("row", 2)
def of_list(s: Scope, model: str) -> str:
    text = s.expr(f"rows:{model}") if s.chance(0.3) else f"list({filled(s, model)})"
    return f"{text}[{s.pick('0 -1')}]"


@yields("row", 6)
def followed(s: Scope, model: str) -> str | None:
    ways = [(name, one) for name, m in MODELS.items() for one, to in m.ones.items() if to == model]
    near = [(name, one) for name, one in ways if s.known("row", model=name)]
    if not ways:
        return None
    name, one = s.random.choice(near or ways)
    return f"{s.expr(f'row:{name}')}.{one}"


@yields("row", 1)
def new(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.create({made(s, model)})"


@yields("row", 1)
def got_or_made(s: Scope, model: str) -> str | None:
    if model not in ("Label", "Firm", "Node"):
        return None
    return f"{lists(s, model)}.get_or_create(name={s.word()})[0]"


@yields("row", 1)
def or_404(s: Scope, model: str) -> str:
    s.use("from django.shortcuts import get_object_or_404")
    source = model if s.chance(0.5) else filled(s, model)
    lists(s, model)
    return f"get_object_or_404({source}, pk={key_of(s, model)})"


@yields("row", 1)
def extreme(s: Scope, model: str) -> str:
    m = of(model)
    column = s.random.choice((*m.numbers, "pk"))
    return f"{s.pick('max min')}({filled(s, model)}, key=lambda each: (each.{column}, each.pk))"


@yields("row", 1)
def in_bulk(s: Scope, model: str) -> str | None:
    return None if model == "Ticket" else f"{filled(s, model)}.in_bulk()[1]"


@yields("row", 1)
def or_else(s: Scope, model: str) -> str:
    return f"({s.expr(f'maybe:{model}')} or {s.expr(f'row:{model}')})"


@yields("maybe", 4, leaf=True)
def maybe_variable(s: Scope, model: str) -> str | None:
    return s.variable("maybe", model=model)


@yields("maybe", 4)
def filtered_first(s: Scope, model: str) -> str:
    return f"{s.expr(f'qs:{model}')}.filter({condition(s, model)}).{s.pick('first last')}()"


@yields("maybe", 2, leaf=True)
def none_or_first(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.filter(pk={key_of(s, model)}).first()"


@yields("maybe", 6)
def nullable(s: Scope, model: str) -> str | None:
    ways = [(name, one) for name, m in MODELS.items() for one, to in m.maybes.items() if to == model]
    near = [(name, one) for name, one in ways if s.known("row", model=name)]
    if not ways:
        return None
    name, one = s.random.choice(near or ways)
    return f"{s.expr(f'row:{name}')}.{one}"


@yields("maybe", 2)
def next_or_none(s: Scope, model: str) -> str:
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        test = s.expr("bool")
    return f"next(({each} for {each} in {source} if {test}), None)"


@yields("rows", 5, leaf=True)
def rows_variable(s: Scope, model: str) -> str | None:
    return s.variable("rows", model=model)


@yields("rows", 5, leaf=True)
def listed(s: Scope, model: str) -> str:
    return f"list({lists(s, model)}.all())"


@yields("rows", 5)
def listed_query(s: Scope, model: str) -> str:
    return f"list({s.bare(f'qs:{model}')})"


@yields("rows", 4)
def comprehension(s: Scope, model: str) -> str:
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        test = f" if {s.expr('bool')}" if s.chance(0.7) else ""
    return f"[{each} for {each} in {source}{test}]"


@yields("rows", 2)
def ordered(s: Scope, model: str) -> str:
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        key = s.expr(s.pick("str int")) if s.chance(0.5) else f"{each}.{of(model).texts[0]}"
    return f"sorted({source}, key=lambda {each}: ({key}, {each}.pk))"


@yields("rows", 1)
def others(s: Scope, model: str) -> str:
    one, two = s.bare(f"qs:{model}"), s.bare(f"qs:{model}")
    s.use("from itertools import chain, islice")
    ways = [f"[*{s.expr(f'qs:{model}')}]", f"[*{s.expr(f'qs:{model}')}, {s.bare(f'row:{model}')}]"]
    ways += [f"list(reversed({one}))", f"list(chain({one}, {two}))", f"list(islice({one}, 2))", f"(list({one}) + [])"]
    ways += [f"list({s.expr(f'qs:{model}')}.in_bulk().values())", f"list({s.expr(f'qs:{model}')}[:2])"]
    ways += [f"list({one}[::2])", f"list(dict.fromkeys({one}))", f"(list({one}) or list({two}))"]
    return s.pick(ways)


@yields("rows", 1)
def filtered_by(s: Scope, model: str) -> str:
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        test = s.expr("bool")
    return f"list(filter(lambda {each}: {test}, {source}))"


@yields("rows", 1)
def list_or_404(s: Scope, model: str) -> str:
    s.use("from django.shortcuts import get_list_or_404")
    return f"get_list_or_404({s.bare(f'qs:{model}')})"


@yields("rows", 1)
def two_loops(s: Scope, model: str) -> str | None:
    holders = [(name, many) for name, m in MODELS.items() for many, to in m.manies.items() if to == model]
    if not holders:
        return None
    name, many = s.random.choice(holders)
    source = iterable(s, name)
    with s.inner():
        outer = s.bind(f"row:{name}")
        first = f" if {s.expr('bool')}" if s.chance(0.4) else ""
        each = s.bind(f"row:{model}")
        second = f" if {s.expr('bool')}" if s.chance(0.4) else ""
    order = f".order_by({field(s, model)})" if s.chance(0.3) else ".all()"
    return f"[{each} for {outer} in {source}{first} for {each} in {outer}.{many}{order}{second}]"

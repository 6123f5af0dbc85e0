"""Expressions that give a number, a text, a truth value, or a collection of these."""

from __future__ import annotations

from tests.fuzz.grammar.querysets import condition, iterable, lists
from tests.fuzz.grammar.scope import Scope, of, unwrapped, yields


def embedded(text: str) -> str | None:
    """An expression as a f-string may hold it on every Python."""
    if "\n" in text or "\\" in text or ('"' in text and "'" in text) or "#" in text or 'f"' in text:
        return None
    text = unwrapped(text).replace('"', "'")
    return f"({text})" if text.startswith("{") or ":=" in text or "lambda" in text else text


@yields("int", 3, leaf=True)
def number(s: Scope, _: str) -> str:
    return str(s.random.randrange(10))


@yields("int", 2, leaf=True)
def number_of_row(s: Scope, _: str) -> str | None:
    row = s.variable("row", model="Task")
    return s.pick([f"{row}.points", f"{row}.owner.age", f"{row}.labels.count()"]) if row else None


@yields("int", 3, leaf=True)
def int_variable(s: Scope, _: str) -> str | None:
    return s.variable("int")


@yields("int", 4)
def counted(s: Scope, _: str) -> str:
    model = s.model()
    return s.pick([f"{s.expr(f'qs:{model}')}.count()", f"len({s.bare(f'qs:{model}')})"])


@yields("int", 4)
def column(s: Scope, _: str) -> str | None:
    model = s.model()
    names = of(model).numbers or (("pk",) if model != "Ticket" else ())
    return f"{s.expr(f'row:{model}')}.{s.pick(names)}" if names else None


@yields("int", 3)
def summed(s: Scope, _: str) -> str:
    model = s.model()
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        value = s.bare("int")
        test = f" if {s.expr('bool')}" if s.chance(0.3) else ""
    inner = f"{value} for {each} in {source}{test}"
    return s.pick([f"sum({inner})", f"sum([{inner}])", f"max(({inner}), default=0)", f"len({{{inner}}})"])


@yields("int", 1)
def aggregated(s: Scope, _: str) -> str:
    s.use("from django.db.models import Max, Sum")
    return f'({s.expr("qs:Task")}.aggregate(n={s.pick("Sum Max")}("points"))["n"] or 0)'


@yields("int", 1)
def flat_sum(s: Scope, _: str) -> str:
    return f'{s.pick(["sum", "len", "max"])}({lists(s, "Task")}.values_list("points", flat=True))'


@yields("int", 2)
def size(s: Scope, _: str) -> str:
    model = s.model()
    return f"len({s.bare(s.pick([f'rows:{model}', 'strs', 'ints', 'map', f'iter:{model}', 'str']))})"


@yields("int", 1)
def arithmetic(s: Scope, _: str) -> str:
    return f"({s.expr('int')} {s.pick('+ - *')} {s.expr('int')})"


@yields("int", 1)
def chosen(s: Scope, _: str) -> str:
    return f"({s.bare('int')} if {s.expr('bool')} else {s.bare('int')})"


@yields("int", 1)
def bumped(s: Scope, _: str) -> str:
    return f"{s.expr('row:Task')}.bump({s.pick(['', '2', 'by=3'])})"


@yields("int", 1)
def changed(s: Scope, _: str) -> str:
    update = f"{lists(s, 'Task')}.filter({condition(s, 'Task')}).update(points={s.random.randrange(9)})"
    return s.pick([update, f"{lists(s, 'Wallet')}.filter(pk=2).delete()[0]"])


@yields("str", 2, leaf=True)
def literal(s: Scope, _: str) -> str:
    return s.word()


@yields("str", 3, leaf=True)
def text_of_row(s: Scope, _: str) -> str | None:
    row = s.variable("row")
    if row is None:
        return None
    m = of(s.names[row].partition(":")[2])
    ways = [f"{row}.{text}" for text in m.texts] + [f"{row}.{one}.{of(to).texts[0]}" for one, to in m.ones.items()]
    return s.pick(ways)


@yields("str", 3, leaf=True)
def str_variable(s: Scope, _: str) -> str | None:
    return s.variable("str")


@yields("str", 7)
def text_column(s: Scope, _: str) -> str:
    model = s.model()
    return f"{s.expr(f'row:{model}')}.{s.pick(of(model).texts)}"


@yields("str", 3)
def shown(s: Scope, _: str) -> str:
    row = s.expr(f"row:{s.pick('Task Task Person Label Firm')}") if s.chance(0.7) else s.expr("qs:Label")
    return s.pick([f"str({row})", f'("%s" % {row})' if row.isidentifier() else f"str({row})", f"repr({row})"])


@yields("str", 3)
def f_string(s: Scope, _: str) -> str | None:
    kinds = ["str", "int", f"row:{s.pick('Task Person Label')}", "bool", "qs:Label"]
    parts = [embedded(s.bare(s.random.choices(kinds, (4, 3, 3, 1, 1))[0])) for _ in range(s.random.randrange(1, 4))]
    held = [f"{{{part}{s.pick(['', '', '', '!s', '!r', '!s:>3', '='])}}}" for part in parts if part]
    return f'f"{s.pick(["", "n=", "- "])}{" ".join(held)}"' if held else None


@yields("str", 3)
def joined(s: Scope, _: str) -> str:
    if s.chance(0.3):
        return f"{s.pick(['', ', ', '-']).__repr__()}.join({s.bare('strs')})"
    model = s.model()
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        inner = f"{s.bare('str')} for {each} in {source}"
    return f'", ".join({inner})' if s.chance(0.7) else f'"-".join([{inner}])'


@yields("str", 2)
def of_maybe(s: Scope, _: str) -> str | None:
    model = s.pick("Person Person Firm Node")
    one, text = s.expr(f"maybe:{model}"), of(model).texts[0]
    if s.chance(0.4):
        return f'getattr({one}, "{text}", "-")'
    if not s.chance(0.5) and "create" in one:
        return None
    return f'({one}.{text} if {one} else "-")'


@yields("str", 2)
def methods(s: Scope, _: str) -> str:
    task = s.expr("row:Task")
    return s.pick([f"{task}.owner_name", f"{task}.get_absolute_url()", f"{s.expr('str')}.upper()", f"{task}.slug[:3]"])


@yields("str", 1)
def either(s: Scope, _: str) -> str:
    return s.pick([
        f"({s.bare('str')} if {s.expr('bool')} else {s.bare('str')})",
        f"({s.expr('str')} + {s.expr('str')})",
        f'"{{}}/{{}}".format({s.bare("str")}, {s.bare("int")})',
        f'("%s-%d" % ({s.bare("str")}, {s.bare("int")}))',
    ])  # fmt: skip


@yields("bool", 2, leaf=True)
def truth(s: Scope, _: str) -> str:
    return s.variable("bool") or s.pick("True False")


@yields("bool", 3, leaf=True)
def small_test(s: Scope, _: str) -> str:
    row = s.variable("row", model="Task") or s.variable("row", model="Person")
    if row and s.names[row] == "row:Task":
        return s.pick([f"{row}.done", f"({row}.points > 3)", f"({row}.reviewer is None)", f"{row}.labels.exists()"])
    if row:
        return s.pick(
            [f"({row}.age > 30)", f"{row}.tasks.count()", f"({row}.firm is None)", f'hasattr({row}, "badge")']
        )
    return f"{lists(s, 'Task')}.filter({condition(s, 'Task') if s.fuel > 0 else 'done=True'}).exists()"


@yields("bool", 4)
def flag(s: Scope, _: str) -> str:
    model = s.model()
    m = of(model)
    row = s.expr(f"row:{model}")
    ways = [f"{row}.{name}" for name in m.flags] + [f"({row}.{name} > {s.random.randrange(9)})" for name in m.numbers]
    ways += [f"({row}.{one} {s.pick(['is', 'is not'])} None)" for one in m.maybes]
    ways += [f"{row}.{many}.{s.pick(['exists()', 'count()', 'all()'])}" for many in m.manies]
    ways += [f"({row}.{m.texts[0]} {s.pick('== != <')} {s.expr('str')})"]
    return s.pick(ways)


@yields("bool", 3)
def tested(s: Scope, _: str) -> str:
    model = s.model()
    query, row = s.expr(f"qs:{model}"), s.expr(f"row:{model}")
    ways = [f"{query}.exists()", f"bool({query})", f"(not {query})", f"({row} in {query})", f"{query}.contains({row})"]
    ways += [f"({row} not in {s.expr(f'iter:{model}')})", f"({row} == {s.expr(f'row:{model}')})"]
    ways += [f"({s.expr('str')} in {s.expr('strs')})", f"isinstance({query}, list)", f"(len({query}) > 1)"]
    if model == "Person":
        ways += [f'hasattr({row}, "badge")'] * 3
    return s.pick(ways)


@yields("bool", 2)
def some(s: Scope, _: str) -> str:
    model = s.model()
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        inner = f"{s.bare('bool')} for {each} in {source}"
    return f"{s.pick('any all')}({inner})" if s.chance(0.8) else f"any([{inner}])"


@yields("bool", 2)
def logic(s: Scope, _: str) -> str:
    one, two = s.expr("bool"), s.expr("bool")
    return s.pick([f"({one} and {two})", f"({one} or {two})", f"(not {one})", f"({s.expr('int')} > {s.expr('int')})"])


@yields("strs", 3, leaf=True)
def strs_variable(s: Scope, _: str) -> str | None:
    return s.variable("strs")


@yields("strs", 2, leaf=True)
def some_words(s: Scope, _: str) -> str:
    return f"[{s.word()}, {s.word()}]"


@yields("strs", 5)
def texts_of(s: Scope, _: str) -> str:
    model = s.model()
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        value = s.bare("str")
        test = f" if {s.expr('bool')}" if s.chance(0.3) else ""
    inner = f"{value} for {each} in {source}{test}"
    return s.pick([f"[{inner}]", f"[{inner}]", f"list({inner})", f"sorted({inner})", f"sorted({{{inner}}})"])


@yields("strs", 2)
def flat(s: Scope, _: str) -> str:
    model = s.model()
    values = f'{s.expr(f"qs:{model}")}.values_list("{s.pick(of(model).texts)}", flat=True)'
    return s.pick([f"list({values})", f"sorted({values})", f"[*{values}]", f"list(set({values}))[:0]"])


@yields("strs", 1)
def numbered(s: Scope, _: str) -> str:
    model = s.model()
    text = of(model).texts[0]
    one, two = iterable(s, model), iterable(s, model)
    return s.pick([
        f'[f"{{at}} {{each.{text}}}" for at, each in enumerate({one})]',
        f"[one.{text} + two.{text} for one, two in zip({one}, {two})]",
        f"list(map(str, {one}))",
        f"list(map(lambda each: each.{text}, {one}))",
        f'[row["{text}"] for row in {s.expr(f"qs:{model}")}.values("{text}")]',
        f'[text for text, key in {s.expr(f"qs:{model}")}.values_list("{text}", "pk")]',
        f'[text for text, key in {lists(s, model)}.order_by("pk").values_list("{text}", "pk").iterator(chunk_size=2)]',
        f'[row["{text}"] for row in {lists(s, model)}.order_by("pk").values("{text}").iterator()]',
        f"[text for each in {one} if (text := each.{text})]",
    ])  # fmt: skip


@yields("strs", 1)
def cached_names(s: Scope, _: str) -> str:
    return s.pick([f"{s.expr('row:Task')}.label_names", f"{s.expr('qs:Task')}.titles()"])


@yields("ints", 2, leaf=True)
def ints_variable(s: Scope, _: str) -> str:
    return s.variable("ints") or "[1, 2]"


@yields("ints", 3)
def numbers_of(s: Scope, _: str) -> str:
    model = s.model()
    source = iterable(s, model)
    with s.inner():
        each = s.bind(f"row:{model}")
        value = s.bare("int")
    return s.pick([f"[{value} for {each} in {source}]", f"sorted({{{value} for {each} in {source}}})"])


@yields("map", 3, leaf=True)
def map_variable(s: Scope, _: str) -> str:
    return s.variable("map") or '{1: "one"}'


@yields("map", 3)
def mapped(s: Scope, _: str) -> str:
    model = s.model()
    text = s.pick(of(model).texts)
    source = iterable(s, model)
    if s.chance(0.3):
        return f'dict({s.expr(f"qs:{model}")}.values_list("pk", "{text}"))'
    with s.inner():
        each = s.bind(f"row:{model}")
        value = s.bare("str")
    return f"{{{each}.pk: {value} for {each} in {source}}}"

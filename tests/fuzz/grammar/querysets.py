"""Expressions that give a queryset, without evaluating it."""

from __future__ import annotations

from tests.fuzz.grammar.schema import MODELS
from tests.fuzz.grammar.scope import Scope, of, yields


def condition(s: Scope, model: str) -> str:
    """The arguments of a filter()."""
    m = of(model)
    options = ["pk__in=[1, 2, 3]", "pk__gte=1"] if model not in ("Ticket",) else ['pk="T1"']
    options += [f"{f}={s.word()}" for f in m.texts] + [f"{f}__gt={s.random.randrange(9)}" for f in m.numbers] * 2
    options += [f"{f}={s.pick('True False')}" for f in m.flags] * 2
    options += [f'{one}__{MODELS[to].texts[0]}="{s.pick("Ann Bob Acme nope")}"' for one, to in m.one_or_maybe().items()]
    options += [f"{one}__isnull={s.pick('True False')}" for one in m.maybes]
    if s.chance(0.25) and m.one_or_maybe() and not s.pure:
        one, to = s.random.choice(list(m.one_or_maybe().items()))
        options = [f"{one}={s.bare(f'row:{to}')}", f"{one}__in={s.bare(f'qs:{to}')}"]
        if one not in ("mate", "ticket"):
            options.append(f"{one}_id={s.expr(f'row:{to}')}.pk")
    elif s.chance(0.15) and not s.pure:
        options = [f"{m.texts[0]}__in={s.bare('strs')}", f"{m.texts[0]}={s.bare('str')}"]
    chosen = s.random.choice(options)
    if s.chance(0.15) and len(options) > 1:
        s.use("from django.db.models import Q")
        other = s.random.choice(options)
        return f"Q({chosen}) | Q({other})" if s.chance(0.7) else f"~Q({chosen})"
    return chosen


def field(s: Scope, model: str) -> str:
    """A column to order by, with the primary key after it so that ties are decided."""
    m = of(model)
    return f'"{s.pick(["", "-"])}{s.random.choice((*m.texts, *m.numbers, "pk"))}", "{s.pick(["", "-"])}pk"'


def lists(s: Scope, model: str) -> str:
    """The text of a manager's queryset, with its model imported."""
    s.use(f"from desk.models import {model}")
    manager = "everything" if model == "Paper" and s.chance(0.5) else "objects"
    return f"{model}.{manager}"


@yields("qs", 6, leaf=True)
def everything(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.all()"


@yields("qs", 6, leaf=True)
def variable(s: Scope, model: str) -> str | None:
    return s.variable("qs", model=model)


@yields("qs", 5)
def filtered(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.{s.pick('filter filter exclude')}({condition(s, model)})"


@yields("qs", 4)
def chained(s: Scope, model: str) -> str:
    m, base = of(model), s.expr(f"qs:{model}")
    links = [f".order_by({field(s, model)})", ".distinct()", ".reverse()", ".all()", f".filter({condition(s, model)})"]
    links += [f'.select_related("{one}")' for one in m.one_or_maybe()] * 2
    links += [f'.prefetch_related("{many}")' for many in m.manies]
    links += [f'.only("{m.texts[0]}")', f'.defer("{m.texts[0]}")'] if model != "Stub" else []
    return base + s.random.choice(links)


@yields("qs", 1)
def broken_lines(s: Scope, model: str) -> str:
    base, first, second = lists(s, model), condition(s, model), field(s, model)
    return f"(\n        {base}  # all of them\n        .filter({first})\n        .order_by({second})\n    )"


@yields("qs", 4)
def related(s: Scope, model: str) -> str | None:
    holders = [(name, many) for name, m in MODELS.items() for many, to in m.manies.items() if to == model]
    near = [(name, many) for name, many in holders if s.known("row", model=name)]
    if not holders:
        return None
    name, many = s.random.choice(near or holders)
    link = s.pick(["all()", "all()", f"filter({condition(s, model)})", f"order_by({field(s, model)})"])
    return f"{s.expr(f'row:{name}')}.{many}.{link}"


@yields("qs")
def own_methods(s: Scope, model: str) -> str | None:
    return f"{s.expr('qs:Task')}.{s.pick(['open()', 'light()', 'light(limit=6)'])}" if model == "Task" else None


@yields("qs", 1)
def combined(s: Scope, model: str) -> str:
    one, two = (f"{lists(s, model)}.filter({condition(s, model)})" for _ in range(2))
    return f"({one} {s.pick('| &')} {two}).distinct()"


@yields("qs", 1)
def one_of_two(s: Scope, model: str) -> str:
    return f"({s.bare(f'qs:{model}')} if {s.expr('bool')} else {s.bare(f'qs:{model}')})"


@yields("qs", 1)
def empty(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.none()"


@yields("qs", 1)
def annotated(s: Scope, model: str) -> str | None:
    many = [name for name in of(model).manies if name != "remarks"]
    if not many:
        return None
    s.use("from django.db.models import Count")
    return f'{s.expr(f"qs:{model}")}.annotate(extra_{s.random.randrange(99)}=Count("{s.pick(many)}")).order_by("pk")'


@yields("qs", 1)
def subquery(s: Scope, model: str) -> str:
    return f'{lists(s, model)}.filter(pk__in={s.expr(f"qs:{model}")}.values("pk"))'


@yields("qs", 1)
def prefetched(s: Scope, model: str) -> str | None:
    many = [(name, to) for name, to in of(model).manies.items() if name != "remarks"]
    if not many:
        return None
    name, to = s.random.choice(many)
    s.use("from django.db.models import Prefetch")
    return f'{s.expr(f"qs:{model}")}.prefetch_related(Prefetch("{name}", queryset={s.bare(f"qs:{to}")}))'


def iterable(s: Scope, model: str) -> str:
    """Something that gives rows when it is iterated."""
    roll = s.random.random()
    if roll < 0.5:
        return s.expr(f"qs:{model}")
    if roll < 0.62:
        return f"{s.expr(f'qs:{model}')}[{s.pick([':2', '1:3', ':3', '1:', ':1', '::2', ':4:2'])}]"
    if roll < 0.66:
        rows = s.expr(f"qs:{model}")
        size = "chunk_size=50" if "prefetch" in rows else ""  # Django wants one then
        return f"{rows}.iterator({size})"
    if roll < 0.74:
        return s.expr(f"iter:{model}")
    if roll < 0.8:
        return f"{s.pick('list tuple reversed list tuple reversed iter')}({s.bare(f'qs:{model}')})"
    return s.expr(f"rows:{model}")


@yields("iter", 4)
def queryset_or_list(s: Scope, model: str) -> str:
    one, two = s.bare(f"rows:{model}"), s.bare(f"qs:{model}")
    return f"({one} if {s.expr('bool')} else {two})"


@yields("iter", 4, leaf=True)
def iter_variable(s: Scope, model: str) -> str | None:
    return s.variable("iter", "rows", "qs", model=model)


@yields("iter", 1, leaf=True)
def iter_queryset(s: Scope, model: str) -> str:
    return f"{lists(s, model)}.all()"


@yields("iter", 2)
def iter_or(s: Scope, model: str) -> str:
    return f"({s.expr(f'qs:{model}')} or {s.pick(['[]', s.expr(f'qs:{model}'), s.expr(f'rows:{model}')])})"

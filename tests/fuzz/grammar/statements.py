"""Statements, as lines. `out` is the list in which a function keeps what it saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tests.fuzz.grammar.calls import available, call
from tests.fuzz.grammar.querysets import condition, lists
from tests.fuzz.grammar.rows import filled, made
from tests.fuzz.grammar.schema import any_model
from tests.fuzz.grammar.scope import WORD_OF, Scope, indented, of

Maker = Callable[[Scope], "list[str] | None"]
M = TypeVar("M", bound=Maker)
MAKERS: list[tuple[int, bool, Maker]] = []
ERRORS = "Exception,LookupError,ValueError,ObjectDoesNotExist,(KeyError, IndexError),(ObjectDoesNotExist, IndexError)"


def statement(weight: int, *, block: bool = False) -> Callable[[M], M]:
    """Registers a maker of statements; blocks hold others and are not nested deeply."""

    def register(maker: M) -> M:
        MAKERS.append((weight, block, maker))
        return maker

    return register


def some_kind(s: Scope) -> str:
    """A kind for a variable or a result."""
    shape = s.random.choices(list(WORD_OF), [6, 6, 3, 5, 2, 3, 4, 2, 3, 2, 2])[0]
    return f"{shape}:{any_model(s.random)}" if shape in ("qs", "row", "maybe", "rows", "iter") else shape


def body(s: Scope, count: int, level: int = 0) -> list[str]:
    """Some statements, at least one."""
    lines: list[str] = []
    for _ in range(count):
        options = [
            (weight, maker) for weight, block, maker in MAKERS if not block or level < s.random.choice((1, 2, 2, 3))
        ]
        made_lines = None
        s.fuel = s.random.choice((2, 3, 4, 6, 9))
        while made_lines is None:
            maker = s.random.choices([m for _, m in options], [w for w, _ in options])[0]
            made_lines = maker(s)
        lines += made_lines
    return lines


def nested(s: Scope, **changes: object) -> list[str]:
    """The statements of a block."""
    level = s.depth
    with s.inner(depth=level + 1, **changes):
        return indented(body(s, s.random.choice((1, 1, 1, 2)), level + 1))


def seen(s: Scope, text: str) -> str:
    """Keeps a value in `out`."""
    return s.pick([f"out.append({text})", f"out.append({text})", f"out += [{text}]"])


@statement(10)
def assign(s: Scope) -> list[str]:
    kind = some_kind(s)
    text = s.bare(kind)
    same = [name for name, known in s.names.items() if known == kind and name != "out"]
    if same and s.chance(0.3):
        return [f"{s.pick(same)} = {text}"]
    name = s.bind(kind)
    hint = {"int": ": int", "str": ": str", "bool": ""}.get(kind, "") if s.chance(0.2) else ""
    return [f"{name}{hint} = {text}"]


@statement(2)
def rebind(s: Scope) -> list[str] | None:
    """The same name for another kind of thing: what it is depends on the line."""
    old = s.variable("qs")
    if old is None or s.in_loop or s.depth:
        return None
    model = s.names[old].partition(":")[2]
    s.names[old] = f"rows:{model}"
    return [
        f"{old} = {s.pick([f'list({old})', f'[each for each in {old}]', f'sorted({old}, key=lambda each: each.pk)'])}"
    ]


@statement(12)
def observe(s: Scope) -> list[str]:
    return [seen(s, s.bare(s.pick("int str str bool strs strs ints map")))]


@statement(2)
def unpack(s: Scope) -> list[str]:
    one, two = some_kind(s), some_kind(s)
    left, right = s.expr(one), s.expr(two)
    return [f"{s.bind(one)}, {s.bind(two)} = {left}, {right}"]


@statement(1)
def starred(s: Scope) -> list[str]:
    model = s.model()
    text = filled(s, model)
    return [f"{s.bind(f'row:{model}')}, *{s.bind(f'rows:{model}')} = {text}"]


@statement(1)
def got_or_created(s: Scope) -> list[str]:
    model = s.pick("Label Firm Node")
    text = f"{lists(s, model)}.{s.pick('get_or_create update_or_create')}(name={s.word()})"
    return [f"{s.bind(f'row:{model}')}, {s.bind('bool')} = {text}"]


@statement(2)
def augmented(s: Scope) -> list[str]:
    ways = [f"{name} += {s.bare('int')}" for name in s.known("int")]
    ways += [f"{name} += {s.bare('str')}" for name in s.known("str")]
    ways += [f"{name} += {s.bare('strs')}" for name in s.known("strs")]
    ways += [f"{name}.extend({s.bare('strs')})" for name in s.known("strs")]
    ways += [f"{name}[{s.bare('int')}] = {s.bare('str')}" for name in s.known("map")]
    ways += [f"{name}.update({s.bare('map')})" for name in s.known("map")]
    ways += [
        f"{n}.append({s.bare(kind.replace('rows', 'row'))})" for n, kind in list(s.names.items()) if kind[:5] == "rows:"
    ]
    return [s.pick(ways)] if ways else observe(s)


@statement(6)
def written(s: Scope) -> list[str]:
    model = s.random.choices(["Task", "Person", "Firm", "Wallet", "Node", "Stamp", "Label"], [6, 3, 2, 1, 1, 1, 2])[0]
    m, row = of(model), s.expr(f"row:{model}")
    text = "f'label {len(out)}'" if model == "Label" else s.bare("str") if s.chance(0.3) else s.word()
    column = s.pick(m.texts[:1])
    ways = [
        [f"{lists(s, model)}.create({made(s, model)})"],
        [f"{lists(s, model)}.filter({condition(s, model)}).update({column}={s.word()})"] if model != "Label" else [],
        [f"{lists(s, model)}.bulk_create([{model}({made(s, model)})])"],
    ]
    name = s.variable("row", model=model)
    if name is not None:
        save = [f"{name}.save()", f'{name}.save(update_fields=["{column}"])', f"{name}.refresh_from_db()"]
        ways += [[f"{name}.{column} = {text}", s.pick(save)]] * 2 + [[f"{name}.refresh_from_db()"]]
        ways += [[f"{name}.{one} = {s.bare(f'row:{to}')}", f"{name}.save()"] for one, to in m.one_or_maybe().items()]
    else:
        ways += [[f"{row}.save()"]]
    if s.chance(0.15):
        ways = [[f"{row}.delete()"], [f"{lists(s, model)}.filter({condition(s, model)}).delete()"]]
    return s.random.choice([way for way in ways if way])


@statement(3)
def related_write(s: Scope) -> list[str]:
    task = s.expr("row:Task")
    label, labels = s.bare("row:Label"), s.expr("qs:Label")
    ways = [f"{task}.labels.add({label})", f"{task}.labels.remove({label})", f"{task}.labels.set({labels})"]
    ways += [f"{task}.labels.clear()", f"{task}.labels.add(*{labels})", f"{task}.labels.set([{label}])"]
    ways += [f"{s.expr('row:Person')}.tasks.create(title={s.bare('str')})", f"{task}.remarks.create(text={s.word()})"]
    ways += [f"{s.expr('row:Node')}.children.create(name={s.word()})"]
    return [s.pick(ways)]


@statement(1)
def noted(s: Scope) -> list[str]:
    s.use("from desk.models import Log")
    return [f"Log.objects.create(action={s.bare('str')})"]


@statement(1)
def logged(s: Scope) -> list[str]:
    s.use("import logging")
    return [f'logging.getLogger("fuzz").{s.pick("debug info")}("%s %s", {s.bare("str")}, {s.bare("row:Person")})']


@statement(1)
def cached(s: Scope) -> list[str]:
    s.use("from django.core.cache import cache")
    kind = s.pick("int str strs")
    text, name = s.bare(kind), s.bind(kind)
    key = s.word()
    if s.chance(0.3):
        return [f"{name} = cache.get_or_set({key}, {text})"]
    return [f"cache.set({key}, {text})", f"{name} = cache.get({key})"]


@statement(2)
def helper_statement(s: Scope) -> list[str] | None:
    found = [h for kind in ("int", "str", "row:Task", "bool") for h in available(s, kind)]
    return [call(s, s.random.choice(found))] if found else None


@statement(1)
def asserted(s: Scope) -> list[str]:
    return [f"assert {s.expr('bool')} or {s.expr('int')} >= 0, {s.bare('str')}"]


@statement(1)
def deleted_name(s: Scope) -> list[str] | None:
    if s.in_loop or s.depth:
        return None
    name = s.variable("int", "str", "strs", "rows", "qs")
    if name is None or name == "out":
        return None
    del s.names[name]
    return [f"del {name}"]


@statement(1)
def raising(s: Scope) -> list[str] | None:
    """Reads of what is not there; unguarded in one of many."""
    model = any_model(s.random)
    ways = [f"{lists(s, model)}.get(pk=99)", f"{s.expr(f'qs:{model}')}[50]", f"int({s.expr('str')})"]
    ways += [f"{{}}[{s.bare('str')}]", f"{lists(s, 'Task')}.get(done=True)"]
    s.use("from django.core.exceptions import ObjectDoesNotExist")
    risky = f"{s.bind('str')} = str({s.pick(ways)})"
    if s.chance(0.04):
        return [risky]
    del s.names[list(s.names)[-1]]
    error = s.pick(["Exception", "Exception", f"{model}.DoesNotExist", *ERRORS.split(",")[:4]])
    lines = ["try:", *indented([risky.partition(" = ")[2]]), f"except {error} as error:"]
    lines += indented([seen(s, "type(error).__name__"), *([] if s.chance(0.7) else observe(s))])
    return lines if error == "Exception" else [*lines, "except Exception:", *indented([seen(s, '"other"')])]

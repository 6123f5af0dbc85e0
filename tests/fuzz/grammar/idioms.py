"""Statements as people write them: a queryset used twice, groups in a dict, a tree walked, names for other names."""

from __future__ import annotations

from tests.fuzz.grammar.calls import available, call
from tests.fuzz.grammar.querysets import field, iterable, lists
from tests.fuzz.grammar.scope import Helper, Scope, indented, of
from tests.fuzz.grammar.statements import nested, seen, statement, written


@statement(5)
def one_queryset_many_uses(s: Scope) -> list[str]:
    """What is cached after a first use matters when rows are written between."""
    model = s.model()
    text = s.pick(of(model).texts)
    lines = []
    name = s.variable("qs", model=model)
    if name is None or s.chance(0.5):
        query = s.bare(f"qs:{model}")
        name = s.bind(f"qs:{model}")
        lines = [f"{name} = {query}"]
    uses = [
        f"len({name})", f"bool({name})", f"{name}.count()", f"{name}.exists()", f"[each.{text} for each in {name}]",
        f"sorted(each.{text} for each in {name})", f"({s.expr(f'row:{model}')} in {name})", f"list({name})",
        f"[each.{text} for each in {name}[:2]]", f"({name}[0].{text} if {name} else None)", f"{name}.first() is None",
        f'"+".join(each.{text} for each in {name})', f"any(each.{text} for each in {name})", f"len(list({name}))",
        f'[each["{text}"] for each in {name}.values("{text}")]', f"len({name}[1:3])", f"repr(list({name})) != ''",
        f"max((each.{text} for each in {name}), default='')", f"{name}.filter(pk__gt=1).count()", f"{name} == []",
    ]  # fmt: skip
    for _ in range(s.random.choice((2, 2, 3, 4))):
        if s.chance(0.3):
            lines += written(s)
        elif s.chance(0.2):
            lines += [f"if {s.pick(['', 'not '])}{name}:", *nested(s)]
        elif s.chance(0.2):
            lines += [f"for each in {name}:", *indented([seen(s, f"each.{text}")])]
        else:
            lines += [seen(s, s.pick(uses))]
    return lines


@statement(3)
def grouped(s: Scope) -> list[str]:
    """Rows by a key, read back from the dict."""
    model = s.model()
    text = s.pick(of(model).texts)
    source = iterable(s, model)
    name = s.module.unique(s.pick("groups found by"))
    with s.inner():
        each = s.bind(f"row:{model}")
        key, value = s.bare(s.pick("str int bool")), s.pick([each, s.bare("str"), f"{each}.pk"])
        if s.chance(0.5):
            lines = [f"{name} = {{}}", f"for {each} in {source}:", f"    {name}.setdefault({key}, []).append({value})"]
        else:
            s.use("from collections import defaultdict")
            lines = [f"{name} = defaultdict(list)", f"for {each} in {source}:", f"    {name}[{key}].append({value})"]
    with s.inner():
        if value == each:
            each = s.bind(f"row:{model}")
            shown = s.pick([f"[{s.bare('str')} for {each} in members]", f"members[0].{text}", "len(members)"])
        else:
            shown = s.pick(["members", "len(members)"])
    ways = [
        [seen(s, f"[{shown} for members in {name}.values()]")],
        [f"for key, members in sorted({name}.items(), key=str):", *indented([seen(s, f"[key, {shown}]")])],
    ]
    return lines + s.random.choice(ways)


@statement(2)
def counted_up(s: Scope) -> list[str]:
    """Numbers and texts in a dict that loops fill."""
    model = s.model()
    source = iterable(s, model)
    name = s.bind("map")
    with s.inner():
        del s.names[name]
        each = s.bind(f"row:{model}")
        value, test = s.bare("str"), s.bare("bool")
    return [
        f"{name} = {{}}",
        f"for {each} in {source}:",
        *([f"    if {test}:", f"        {s.pick('continue break')}"] if s.chance(0.4) else []),
        f"    {name}[{each}.pk] = {name}.get({each}.pk, '') + {value}",
    ]


@statement(2)
def order_matters(s: Scope) -> list[str]:
    """Several calls with effects in one expression."""
    parts = [s.bare(s.pick("int str bool int")) for _ in range(3)]
    one, two, three = parts
    return [
        s.pick([
            f"out.append(({one}, {two}, {three}))", f"out.append({{1: {one}, 2: {two}, 3: {three}}})",
            f"out.append([{one}, *[{two}], {three}])", f"out += [{one}], [{two}]",
            f"out.append(0 <= {s.expr('int')} < {s.expr('int')} + 5)",
            f"out.append({s.expr('bool')} and ({one}))", f"out.append({s.expr('bool')} or ({two}))",
            f"out.append({s.expr('int')} == {s.expr('int')} == {s.expr('int')})",
            f"out.append(dict(a={one}, b={two}))", f"out.insert({s.expr('int')}, {one})",
            f"out[len(out):] = [{one}, {two}]",
        ])
    ]  # fmt: skip


@statement(1)
def written_in_place(s: Scope) -> list[str]:
    name = s.variable("row", model="Task") or "None"
    if name == "None":
        text, name = s.bare("row:Task"), s.bind("row:Task")
        return [f"{name} = {text}", f"{name}.points += {s.bare('int')}", f"{name}.save()"]
    ways = [
        [f"{name}.points += {s.bare('int')}", f"{name}.save()", seen(s, f"{name}.points")],
        [f"{name}.title += {s.bare('str')}", f"{name}.save(update_fields=['title'])"],
        [f"{name}.owner.name = {s.bare('str')}", f"{name}.owner.save()", seen(s, f"{name}.owner.name")],
        [f"{name}.owner = {s.bare('row:Person')}", seen(s, f"{name}.owner.name"), f"{name}.save()"],
        [f"{name}.owner_id = {s.bare('row:Person')}.pk", seen(s, f"{name}.owner.name"), f"{name}.save()"],
        [f"{name}.reviewer = None", seen(s, f"{name}.reviewer is None"), f"{name}.save()"],
        [f"{name}.pk = None", f"{name}.save()", seen(s, f"{name}.pk")],
        [f"{name}.full_clean()", f"{name}.refresh_from_db(fields=['points'])"],
    ]
    return s.random.choice(ways)


@statement(1)
def bulk(s: Scope) -> list[str]:
    lists(s, "Task")
    rows = s.bare("rows:Task")
    name = s.bind("rows:Task")
    return [
        f"{name} = {rows}",
        f"for each in {name}:",
        f"    each.points = {s.bare('int')}",
        f"Task.objects.bulk_update({name}, ['points'])" if s.chance(0.7) else f"out.append(len({name}))",
    ]


@statement(2, block=True)
def while_there_are(s: Scope) -> list[str]:
    with s.inner():
        lists(s, "Task")
        s.names = {k: v for k, v in s.names.items() if v != "qs:Task"}
        inside = indented(["Task.objects.order_by('pk').first().delete()"])
        test = s.pick(
            ["Task.objects.exists()", "Task.objects.count() > 2", "Task.objects.all()", "len(Task.objects.all())"]
        )
        walrus = "(left := Task.objects.first()) is not None"
        if s.chance(0.3):
            return [f"while {walrus}:", "    left.delete()", *indented([seen(s, "left.title")])]
        return [f"while {test}:", *inside, *([] if s.chance(0.5) else indented([seen(s, s.bare("int"))]))]


@statement(1)
def walked(s: Scope) -> list[str]:
    """A tree, up or down."""
    name = s.module.unique("walk")
    lists(s, "Node")
    if s.chance(0.4):
        return [
            f"at = {s.bare('row:Node')}",
            "while at is not None:",
            *indented([seen(s, "at.name")]),
            "    at = at.parent",
        ]
    order = f".order_by({field(s, 'Node')})" if s.chance(0.4) else ".all()"
    s.helpers.append(Helper(name, (("node", "row:Node"),), "strs"))
    return [
        f"def {name}(node):",
        *s.random.choice([
            [f"    return [node.name] + [name for child in node.children{order} for name in {name}(child)]"],
            ["    names = [node.name]", f"    for child in node.children{order}:",
             f"        names.extend({name}(child))", "    return names"],
        ]),
        seen(s, f"{name}({s.bare('row:Node')})"),
    ]  # fmt: skip


@statement(2)
def other_names(s: Scope) -> list[str]:
    """A second name for a model, a manager, a function or a method."""
    model = s.model()
    name = s.module.unique(s.pick("alias source make"))
    text = of(model).texts[0]
    lists(s, model)
    s.use("import desk.models")
    s.use("from desk import models as desk_models")
    s.use("from django.apps import apps")
    query = s.expr(f"qs:{model}")
    return s.random.choice([
        [f"{name} = {model}", seen(s, f"{name}.objects.count()")],
        [f"{name} = {model}.objects", seen(s, f"[each.{text} for each in {name}.all()]")],
        [f"{name} = {model}.objects.count", seen(s, f"{name}()")],
        [f"{name} = {query}.exists", seen(s, f"{name}()")],
        [f"{name} = len", seen(s, f"{name}({query})")],
        [f"{name} = list", seen(s, f"len({name}({query}))")],
        [seen(s, f"desk_models.{model}.objects.count()")],
        [seen(s, f"desk.models.{model}.objects.filter(pk=1).exists()")],
        [f'{name} = apps.get_model("desk", "{model}")', seen(s, f"{name}.objects.count()")],
        [f"for {name} in ({model}, {model}):", *indented([seen(s, f"{name}.objects.count()")])],
        [f'{name} = getattr({model}.objects, "count")', seen(s, f"{name}()")],
        [f"{name} = {{'rows': {query}, 'n': {s.bare('int')}}}", seen(s, f"len({name}['rows']) + {name}['n']")],
        [f"{name} = ({query}, {s.bare('int')})", seen(s, f"[each.{text} for each in {name}[0]]")],
        [f"{name} = [{query}, {query}]", seen(s, f"[each.{text} for part in {name} for each in part]")],
        [f"{name} = {query}.values_list('{text}', 'pk', named=True)", seen(s, f"[each.{text} for each in {name}]")],
        [f"{name} = {query}.values('pk')", seen(s, f"[each['pk'] for each in {name}]"), seen(s, f"len({name})")],
        [f"{name} = iter({query})", seen(s, f"[each.{text} for each in {name}]")],
        [f"{name} = {query}[:2]", seen(s, f"len({name})"), seen(s, f"[each.{text} for each in {name}]")],
        [f"{name} = (each.{text} for each in {query})", seen(s, f"list({name})")],
        [f"{name} = {query}.in_bulk()", seen(s, f"sorted(str(each.{text}) for each in {name}.values())")],
    ])  # fmt: skip


@statement(1)
def not_a_queryset(s: Scope) -> list[str]:
    """Things with methods that are called as a queryset's are."""
    name = s.module.unique("bag")
    return s.random.choice([
        [f"{name} = [{s.bare('int')}, 2]", seen(s, f"{name}.count(2)"), seen(s, f"{name}.index(2)")],
        [f"{name} = {{{s.bare('str')}}}", f'{name}.add("x")', f'{name}.update(["y"])', seen(s, f"len({name})")],
        [f"{name} = {{'get': {s.bare('int')}}}", seen(s, f"{name}.get('get')"), seen(s, f"{name}.get(1)")],
        [f"{name} = dict(first={s.bare('str')})", f"{name}.update(last=1)", seen(s, f"{name}.pop('first')")],
        [f"{name} = {s.bare('str')}", seen(s, f"{name}.count('a')"), seen(s, f"{name}.index('') == 0")],
    ])  # fmt: skip


@statement(2)
def counter(s: Scope) -> list[str]:
    """A closure that changes what is around it."""
    name, total = s.module.unique("add"), s.module.unique("total")
    model = s.model()
    source = iterable(s, model)
    with s.inner(taken=frozenset(s.names)):
        each = s.bind(f"row:{model}")
        value = s.bare("int")
    inside = [f"nonlocal {total}", f"{total} += {value}"] if s.chance(0.5) else [f"out.append({value})"]
    return [
        f"{total} = 0",
        f"def {name}({each}):",
        *indented(inside),
        f"for each in {source}:",
        f"    {name}(each)",
        seen(s, total),
    ]


@statement(1)
def partly_consumed(s: Scope) -> list[str] | None:
    found = [h for kind in ("str", "row:Task", "int") for h in available(s, f"gen:{kind}")]
    if not found:
        return None
    run, name = call(s, s.random.choice(found)), s.module.unique("steps")
    return s.random.choice([
        [f"{name} = {run}", seen(s, f"next({name}, None) is None"), seen(s, f"len(list({name}))")],
        [f"for at, each in enumerate({run}):", "    if at:", "        break", *indented([seen(s, "str(each)")])],
        [seen(s, f"[str(each) for each, _ in zip({run}, range(2))]")],
        [seen(s, f"any(each for each in {run})")],
        [f"first, *rest = [*{run}, None]", seen(s, "str(first)"), seen(s, "len(rest)")],
        [seen(s, f"max(map(str, {run}), default='')"), seen(s, f"{{str(each) for each in {run}}} == set()")],
    ])  # fmt: skip


@statement(1)
def aggregates(s: Scope) -> list[str]:
    s.use("from django.db.models import Avg, F, Max, Min")
    query = s.expr("qs:Task")
    return s.random.choice([
        [seen(s, f"{query}.order_by().aggregate(a=Max('points'), b=Min('points'))")],
        [f"Task.objects.filter(pk=1).update(points=F('points') + {s.bare('int')})"] if lists(s, "Task") else [],
        [seen(s, f"{query}.filter(pk__in=[1, 2]).order_by('pk').values_list('points', flat=True).first()")],
        [seen(s, "sorted(Task.objects.values_list('points', flat=True).union(Task.objects.values_list('pk')))")],
        [seen(s, f"{query}.none().exists()")],
        [seen(s, f"list({query}.order_by('pk').values('pk', 'owner__name'))")],
        [seen(s, "[str(day) for day in Task.objects.raw('select * from desk_task order by id')]")],
    ])  # fmt: skip


@statement(1)
def default_argument(s: Scope) -> list[str]:
    name, value = s.module.unique("later"), s.bare("int")
    return [
        f"def {name}(n={value}, *, seen=()):",
        "    return n + len(seen)",
        seen(s, f"{name}()"),
        seen(s, f"{name}({s.bare('int')}, seen={s.bare('strs')})"),
    ]


@statement(1)
def kept_in_object(s: Scope) -> list[str]:
    kind = s.pick([f"row:{s.model()}", f"qs:{s.model()}", "int", "strs"])
    model = kind.partition(":")[2]
    text = of(model).texts[0] if model else ""
    name = s.module.unique("box")
    if s.chance(0.5):
        s.use("from dataclasses import dataclass")
        title = s.module.unique("Box").replace("_", "")
        s.module.blocks.append(f"@dataclass\nclass {title}:\n    value: object\n    n: int = 0")
        made = f"{title}({s.bare(kind)})"
    else:
        s.use("from types import SimpleNamespace")
        made = f"SimpleNamespace(value={s.bare(kind)})"
    shown = {
        "row": f"{name}.value.{text}",
        "qs": f"[each.{text} for each in {name}.value]",
        "int": f"{name}.value",
        "strs": f"len({name}.value)",
    }
    return [f"{name} = {made}", seen(s, shown[kind.partition(":")[0]])]

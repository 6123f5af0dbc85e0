"""Statements that go through the whole of the ORM's methods, with their less common arguments."""

from __future__ import annotations

from tests.fuzz.grammar.querysets import lists
from tests.fuzz.grammar.scope import Scope, of
from tests.fuzz.grammar.statements import seen, statement


@statement(4)
def asked(s: Scope) -> list[str]:
    """What gives one answer."""
    model = s.model()
    m, text = of(model), of(model).texts[0]
    manager, query = lists(s, model), s.expr(f"qs:{model}")
    s.use("from django.db.models import Avg, Exists, F, Max, Min, OuterRef, Q, Sum, Value")
    ordered = f"{query}.order_by('pk')"
    ways = [
        f"{ordered}.values('{text}').first()",
        f"{ordered}.values_list('{text}', flat=True).last()",
        f"{manager}.values('pk', '{text}').get(pk__in=list({manager}.values_list('pk', flat=True))[:1])",
        f"{manager}.values_list('{text}').order_by('pk')[0]",
        f"{ordered}[:3].count()",
        f"{ordered}[1:].exists()",
        f"len({ordered}[:2])",
        f"{manager}.aggregate(n=Max('{text}'))['n']",
        f"{manager}.order_by('pk').latest('pk').pk",
        f"{manager}.earliest('{text}', 'pk').{text}",
        f"{query}.order_by('-pk').first() == {query}.order_by('pk').last()",
        f"{manager}.in_bulk([]) == {{}}",
        f"sorted({manager}.in_bulk(list({manager}.values_list('pk', flat=True))))",
        f"{query}.union({manager}.all()).count()",
        f"len({query}.order_by().union({manager}.none()))",
        f"{manager}.filter(Q(pk__in={query}.values('pk'))).count()",
        f"bool({ordered}[:1])",
        f"list({ordered}.values('pk'))",
        f"{manager}.filter(pk=F('pk')).distinct().count()",
        f"{ordered}.none().first()",
        f"{ordered}.exists() and {ordered}[0].{text}",
        f"{manager}.get(pk={manager}.order_by('pk').first().pk).{text}",
        f"{manager}.all().query.is_sliced",
        f"({query} | {manager}.none()).distinct().count()",
        f"{ordered}.reverse().first() in {manager}.all()",
        f"{manager}.filter(pk__in=[each.pk for each in {query}]).count()",
        f"next(iter({ordered}), None) is None",
        f"{manager}.count() - len({manager}.all()) + sum(1 for each in {query})",
        f"{query}.filter(pk=1).exists()",
        f"set({ordered}.values_list('{text}', flat=True)) == {{each.{text} for each in {ordered}}}",
    ]
    for many in m.manies:
        ways += [f"{s.expr(f'row:{model}')}.{many}.{end}" for end in (
            "count()", "exists()", "all().exists()", "filter(pk=1).count()", "order_by('pk').first() is None",
            "values_list('pk', flat=True).count()", "none().count()", "all()[:1].count()", "aggregate(n=Max('pk'))",
        )]  # fmt: skip
    return [seen(s, s.pick(ways))]


@statement(3)
def made(s: Scope) -> list[str]:
    """What writes, and gives something back."""
    for name in ("Task", "Label", "Firm", "Person"):
        lists(s, name)
    s.use("from django.db.models import F")
    text, number = s.bare("str"), s.bare("int")
    task, label, person = s.expr("row:Task"), s.bare("row:Label"), s.expr("row:Person")
    n = s.random.randrange(999)
    row = s.bind("row:Label")
    other = [f"{row} = Label.objects.order_by('pk').first()"]
    ways = [
        [f"{row}, _ = Label.objects.get_or_create(name='l{n}', defaults={{'pk': {n + 50}}})"],
        [
            f"{row}, new = Label.objects.update_or_create(pk=1, defaults={{'name': f'{n}-{{len(out)}}'}})",
            seen(s, "new"),
        ],
        [f"{row} = {task}.labels.create(name=f'm{n}-{{len(out)}}')"],
        [f"{row}, new = {task}.labels.get_or_create(name='home')", seen(s, "new")],
        [*other, f"{task}.labels.add({row}.pk, {label})", f"{task}.labels.remove(*{task}.labels.all()[:1])"],
        [*other, f"{task}.labels.set([{row}], clear=True)", seen(s, f"{row}.tasks.count()")],
        [*other, f"{task}.labels.set(Label.objects.exclude(pk={row}.pk))"],
        [*other, f"{row}.tasks.add({task})", seen(s, f"[each.title for each in {row}.tasks.all()]")],
        [
            *other,
            seen(s, f"{person}.tasks.update(title={text})"),
            seen(s, f"{person}.tasks.filter(done=True).delete()[0]"),
        ],
        [*other, seen(s, f"Task.objects.filter(pk={task}.pk).update(points=F('points') + {number})")],
        [*other, f"Firm.objects.bulk_create([Firm(name=each.name) for each in {s.expr('qs:Person')}])"],
        [*other, f"Firm.objects.bulk_create(Firm(name=each.title) for each in {s.expr('qs:Task')})"],
        [
            *other,
            f"created = Task(title={text}, owner={s.bare('row:Person')})",
            "created.save()",
            seen(s, "created.pk is None"),
            "created.labels.add(*Label.objects.all())",
        ],
        [
            *other,
            f"kept = Person(name={text})",
            "kept.save()",
            "kept.tasks.create(title='k')",
            seen(s, "kept.tasks.count()"),
            "kept.delete()",
            seen(s, "kept.pk"),
        ],
        [f"{row} = Label(name=f'n{n}-{{len(out)}}')", f"{row}.full_clean()", f"{row}.save(force_insert=True)"],
    ]
    return s.random.choice(ways)

"""Models of a module's own: proxies with methods, properties, managers and overrides."""

from __future__ import annotations

from random import Random

from tests.fuzz.grammar.blocks import parameters_of
from tests.fuzz.grammar.functions import hints, result_of, scope
from tests.fuzz.grammar.scope import Helper, Module, Scope, indented
from tests.fuzz.grammar.statements import some_kind

TEXTS = (
    "self.title",
    'f"{self.title}/{self.owner.name}"',
    'f"{self.labels.count()} {self.title}"',
    'self.reviewer.name if self.reviewer else "-"',
    '", ".join(label.name for label in self.labels.all())',
    "self.owner.firm.name if self.owner.firm_id else self.owner_name",
    "super().__str__().upper()",
)


def proxy(random: Random, module: Module) -> None:
    """A proxy of Task, and functions that use it."""
    s = scope(random, module, 12)
    for line in ("Task", "Log"):
        s.use(f"from desk.models import {line}")
    name = module.unique("Shown").replace("_", "")
    lines = [f"class {name}(Task):"]
    uses: list[tuple[str, tuple[tuple[str, str], ...], str]] = []
    if s.chance(0.4):
        lines += _manager(s, name, uses)
    lines += ["    class Meta:", "        proxy = True", '        app_label = "desk"']
    for _ in range(s.random.randrange(3)):
        lines += _member(s, name, uses)
    if s.chance(0.4):
        lines += ["", "    def __str__(self):", f"        return {s.pick(TEXTS)}"]
        uses += [("str({row})", (), "str"), ('", ".join(map(str, {all}))', (), "str"), ('f"{{row}}!"', (), "str")]
    if s.chance(0.3):
        before = [f'Log.objects.create(action={s.pick(TEXTS[:4])} + "!")'] if s.chance(0.6) else ["self.points += 1"]
        lines += ["", "    def save(self, *args, **kwargs):"]
        lines += indented(indented([*before, "super().save(*args, **kwargs)"]))
        uses += [("{row}.save()", (), "int"), ("{all}.create(title='p', owner_id=1).pk", (), "int")]
    if s.chance(0.2):
        lines += ["", "    def delete(self, *args, **kwargs):", "        Log.objects.create(action=self.owner.name)"]
        lines += ["        return super().delete(*args, **kwargs)"]
        uses += [("{row}.delete()[0]", (), "int"), ("{all}.delete()[0]", (), "int")]
    module.blocks.append("\n".join(lines))
    for text, parameters, gives in uses:
        row, every = s.pick(["get(pk=1)", "first()", "get(title='Alpha')"]), s.pick(["all()", "filter(done=False)"])
        shown = text.replace("{row}", f"{name}.objects.{row}").replace("{all}", f"{name}.objects.{every}")
        wrapper = module.unique("use")
        given = ", ".join(p for p, _ in parameters)
        module.blocks.append(f"def {wrapper}({given}):\n    return {shown.replace('{given}', given)}")
        module.helpers.append(Helper(wrapper, parameters, gives))


def _member(s: Scope, name: str, uses: list[tuple[str, tuple[tuple[str, str], ...], str]]) -> list[str]:
    method, gives, parameters = (
        s.module.unique(s.pick("label_of describe score related")),
        some_kind(s),
        parameters_of(s),
    )
    form = s.pick(["method", "method", "property", "cached_property"])
    if form != "method":
        parameters = []
    with s.inner(gives=gives):
        s.names["self"] = "row:Task"
        s.names.update(parameters)
        inside = result_of(s, gives)
    head = [] if form == "method" else [f"    @{form}"]
    if form == "cached_property":
        s.use("from functools import cached_property")
    call = f"{method}({{given}})" if form == "method" else method
    uses += [(f"{{row}}.{call}", tuple(parameters), gives)]
    if gives in ("str", "int"):
        uses += [(f"[each.{call} for each in {{all}}]", tuple(parameters), f"{gives}s")]
        uses += [(f"sorted({{all}}, key=lambda each: (each.{call}, each.pk))", tuple(parameters), "rows:Task")]
    lines = ["", *head, f"    def {method}(self{', ' * bool(parameters)}{hints(s, parameters)}):"]
    return [*lines, *indented(indented(inside))]


def _manager(s: Scope, name: str, uses: list[tuple[str, tuple[tuple[str, str], ...], str]]) -> list[str]:
    s.use("from desk.models import TaskQuerySet")
    first, second, third = (s.module.unique(word) for word in ("big", "total", "labelled"))
    lines = [
        f"class {name}QuerySet(TaskQuerySet):",
        f"    def {first}(self):",
        f"        return self.filter(points__gt={s.random.randrange(6)})",
        "",
        f"    def {second}(self):",
        f"        return {s.pick(['self.count()', 'len(self)', f'sum(each.points for each in self.{first}())'])}",
        "",
        f"    def {third}(self):",
        f"        return {s.pick(['[str(each) for each in self]', '[each.owner.name for each in self]'])}",
    ]
    s.module.blocks.append("\n".join(lines))
    every = "{all}"
    uses += [(f"{every}.{second}()", (), "int"), (f"{every}.{first}().{third}()", (), "strs")]
    return [f"    objects = {name}QuerySet.as_manager()", ""]

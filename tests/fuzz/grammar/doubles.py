"""Objects that look like rows or querysets and are none, and places that take either."""

from __future__ import annotations

from random import Random

from tests.fuzz.grammar.functions import scope
from tests.fuzz.grammar.scope import Helper, Module, Scope, indented

_OF_ROWS = {"save": "None", "delete": "(0, {})", "refresh_from_db": "None", "describe": '"double"'}
_OF_QUERYSETS = {"count": "7", "exists": "False", "first": "None", "delete": "(0, {})", "titles": "[]"}
_ROWS = ("Task.objects.get(pk=1)", "Task.objects.first()", "Task.objects.order_by('-pk')[0]")
_QUERYSETS = ("Task.objects.all()", "Task.objects.filter(done=False)", "Task.objects")
_READ = ("{x}.title", 'f"{{{x}.title}} {{{x}.points}}"', "{x}.owner.name", "str({x}.pk)")


def double(random: Random, module: Module) -> None:
    """A class with methods of rows or of querysets, and functions for which it does as well as those."""
    s = scope(random, module, 6)
    s.use("from desk.models import Task, Person")
    name, row = module.unique("Double").replace("_", ""), s.chance(0.6)
    methods = _OF_ROWS if row else _OF_QUERYSETS
    lines = [f"class {name}:", '    title, points, pk = "double", 3, 9', '    owner = Person(name="nobody")']
    for method, gives in methods.items():
        lines += ["", f"    def {method}(self):", f"        return {gives}"]
    if not row and s.chance(0.5):
        lines += ["", "    def __iter__(self):", '        return iter([Task(title="made", points=2)])']
    module.blocks.append("\n".join(lines))
    source = s.pick(_ROWS if row else _QUERYSETS)
    made = random.choice([_chosen, _held, _looped, _registered])(s, name, source)
    for helper, text in made:
        s.module.helpers.append(Helper(helper, (), "str" if row else "int"))
        s.module.blocks.append(f"def {helper}():\n" + "\n".join(indented(text)))


def _use(s: Scope, x: str, *, row: bool) -> list[str]:
    """Statements that work on either, the last of them `return`."""
    if row:
        called = s.pick(["save", "delete", "refresh_from_db"])
        before = [f"{x}.{called}()"] if called != "delete" else [f"{x}.title, {x}.delete()"]
        return [*(before if s.chance(0.8) else []), f"return {s.pick(_READ).format(x=x)}"]
    return [f"return {s.pick([f'{x}.count()', f'int({x}.exists())', f'1 if {x}.first() else 2'])}"]


def _chosen(s: Scope, name: str, source: str) -> list[tuple[str, list[str]]]:
    pick, one, two = (s.module.unique(word) for word in ("pick", "with_real", "with_double"))
    row = source in _ROWS
    hint = f": {s.pick(['int', 'bool'])}" if s.chance(0.3) else ""
    inside = [f"if real:\n        return {source}", f"return {name}()"]
    if s.chance(0.4):
        inside = [f"return {source} if real else {name}()"]
    s.module.blocks.append(f"def {pick}(real{hint}):\n" + "\n".join(indented(inside)))
    return [(one, [f"found = {pick}(True)", *_use(s, "found", row=row)]), (two, _use(s, f"{pick}(False)", row=row))]


def _held(s: Scope, name: str, source: str) -> list[tuple[str, list[str]]]:
    holder, one, two = (s.module.unique(word).replace("_", "") for word in ("Holder", "holdsreal", "holdsdouble"))
    body = _use(s, "self.kept", row=source in _ROWS)
    s.module.blocks.append(
        f"class {holder}:\n    def __init__(self, kept):\n        self.kept = kept\n\n    def run(self):\n"
        + "\n".join(indented(indented(body)))
    )
    return [(one, [f"return {holder}({source}).run()"]), (two, [f"return {holder}({name}()).run()"])]


def _looped(s: Scope, name: str, source: str) -> list[tuple[str, list[str]]]:
    helper, row = s.module.unique("over_both"), source in _ROWS
    *before, last = _use(s, "each", row=row)
    both = [source, f"{name}()"]
    s.random.shuffle(both)
    over = s.pick([f"({both[0]}, {both[1]})", f"[{both[0]}, {both[1]}]"])
    start = "out = ''" if row else "out = 0"
    inside = indented([*before, f"out += {last.removeprefix('return ')}"])
    return [(helper, [start, f"for each in {over}:", *inside, "return out"])]


def _registered(s: Scope, name: str, source: str) -> list[tuple[str, list[str]]]:
    """One that is made when the module is imported, and found by a function with an annotation."""
    holder, table, fill, find, one, two = (
        s.module.unique(word) for word in ("Kept", "TABLE", "fill", "find", "real", "found")
    )
    holder = holder.replace("_", "")
    body = _use(s, "self.kept", row=source in _ROWS)
    head = (
        f"{table} = {{}}",
        f"class {holder}:\n    def __init__(self, kept):\n        self.kept = kept\n\n    def run(self):",
    )
    s.module.blocks += [head[0], "\n".join([head[1], *indented(indented(body))])]
    s.module.blocks.append(f'def {fill}():\n    {table}["x"] = {holder}({name}())\n\n\n{fill}()')
    s.module.blocks.append(f"def {find}(key: str) -> {holder}:\n    return {table}[key]")
    return [(one, [f"return {holder}({source}).run()"]), (two, [f'return {find}("x").run()'])]

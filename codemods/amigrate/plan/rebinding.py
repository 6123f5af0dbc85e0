"""Names that mean a function, and something else at times: what is called by them is not always the function."""

from __future__ import annotations

from amigrate.facts.module import Class, Function, ModuleFacts
from amigrate.facts.program import Program
from amigrate.facts.values import Value


def bound_again(program: Program, module: ModuleFacts, function: Function) -> str:
    """What binds the name of a function or method to something else, as a reason to leave it; "" when nothing does.

    `index = never_cache(index)` is a decorator, which is judged as such.
    """
    name = function.qualname.rpartition(".")[2]
    if function.owner:
        return _in_classes(program, f"{module.module}.{function.owner}", name)
    if name == function.qualname and (name in module.rebound or _otherwise(module.values, name)):
        return f"`{name}` is bound to something else, too, in {module.module}"
    return ""


def _in_classes(program: Program, owner: str, name: str) -> str:
    for one in (*program.linearise(owner), *program.descendants(owner)):
        found: tuple[ModuleFacts, Class] | None = program.classes.get(one)
        if found is not None and _otherwise(found[1].values, name):
            return f"`{name}` is an attribute with another value in {one}"
    if name in program.given:
        return f"something else is assigned to an attribute `{name}` of objects"
    return ""


def _otherwise(values: tuple[tuple[str, Value], ...], name: str) -> bool:
    return any(key == name and not _wraps(value, name) for key, value in values)


def _wraps(value: Value, name: str) -> bool:
    return value is not None and value[0] == "call" and ("ref", name) in value[2]

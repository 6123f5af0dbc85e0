"""The managers and querysets of models."""

from __future__ import annotations

from amigrate.facts.program import Program
from amigrate.facts.values import Value


def managers_of(program: Program, name: str) -> dict[str, str]:
    """Manager attributes with the project classes behind them: `manager|queryset`, "" for Django's own."""
    found: dict[str, str] = {}
    for base in program.linearise(name):
        if base not in program.classes:
            continue
        module, owner = program.classes[base]
        for key, value in owner.values:
            if key not in found and (manager := _manager(program, module.module, value)) is not None:
                found[key] = manager
    return found or {"objects": ""}


def _manager(program: Program, module: str, value: Value) -> str | None:
    if not value or value[0] != "call":
        return None
    func = value[1]
    if isinstance(func, tuple):  # Manager.from_queryset(Q)()
        if func[0] == "call" and isinstance(func[1], str) and func[1].endswith("from_queryset") and func[2]:
            manager = program.resolve(module, func[1].rpartition(".")[0])
            queryset = program.resolve(module, func[2][0][1]) if func[2][0] and func[2][0][0] == "ref" else None
            return "|".join(s.qualified for s in (manager, queryset) if s and s.qualified in program.classes)
        return None
    head, _, last = func.rpartition(".")
    if last == "as_manager":
        symbol = program.resolve(module, head)
        return symbol.qualified if symbol.qualified in program.classes else ""
    symbol = program.resolve(module, func)
    if symbol.kind == "value":  # BookManager = Manager.from_queryset(Q)
        inner = program.value(symbol.module, symbol.name)
        return _manager(program, symbol.module, ("call", inner, (), ())) if inner and inner[0] == "call" else None
    if symbol.qualified in program.classes:
        line = program.linearise(symbol.qualified)
        if any(n.rpartition(".")[2].endswith(("Manager", "QuerySet")) and n not in program.classes for n in line):
            return symbol.qualified
        return None
    return "" if symbol.qualified.rpartition(".")[2].endswith("Manager") and last != "TaggableManager" else None

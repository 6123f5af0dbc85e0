"""What pins a function because tests or migrations, which are not changed, use it."""

from __future__ import annotations

from collections.abc import Mapping

from amigrate.facts import named
from amigrate.facts.module import Function, ModuleFacts, Scope
from amigrate.facts.program import Program, Symbol
from amigrate.facts.reading import absolute
from amigrate.plan.context import Context, module_of


def used_in_tests(context: Context, qualified: str) -> str:
    """Why tests (or migrations) pin a function: they call or name it, and they are not changed."""
    program = context.analyst.program
    module, function = program.functions[qualified]
    name = function.qualname.rpartition(".")[2]
    for scope in program.mentions(name):
        light = program.modules[module_of(context, scope)]
        if not light.light:
            continue
        if not _may_use(context, light, module, function):
            continue
        test = context.analyst.trees.full(light.module)
        imports = {local: program.locate(target) for local, target in test.imports}
        known = function.owner or any(s.qualified == module.module for s in imports.values())
        if qualified in test.dotted_strings or (known and name in test.words):
            return f"it is named as a string in {test.path}, which is not changed"
        for found in test.scopes:
            if name in found.attributes if function.owner else _names(program, qualified, test, imports, found):
                what = f"a method `{name}`" if function.owner else "it"
                return f"{what} is used in {test.path}:{max(found.line, 1)}, which is not changed"
    return ""


def _may_use(context: Context, test: ModuleFacts, module: ModuleFacts, function: Function) -> bool:
    """Whether a file that is only skimmed may do any of that, as far as its bytes tell without parsing it."""
    program, source = context.analyst.program, context.analyst.trees.read(test.path)
    name, qualified = function.qualname.rpartition(".")[2], f"{module.module}.{function.qualname}"
    if named.may_be_string(source, qualified):
        return True
    quoted = named.may_be_string(source, name)
    if function.owner:
        return quoted or named.may_be_attribute(source, [name])
    held = named.may_be_attribute(source, program.names_of(name))
    try:
        imports = list(named.imports_in(source))
    except ValueError:
        return True
    is_package = test.path.endswith("__init__.py")
    for level, home, what in imports:
        if what == "*":
            return True
        above = absolute(test.module, is_package, level, home)
        symbol = program.locate(f"{above}.{what}" if what else above)
        if symbol.qualified == qualified or (symbol.kind == "module" and held):
            return True
        if quoted and symbol.qualified == module.module:
            return True
    return False


def _names(program: Program, qualified: str, test: ModuleFacts, imports: Mapping[str, Symbol], scope: Scope) -> bool:
    """Whether a scope of a file that is only skimmed names a function: by an import, a star or through a module."""
    for symbol in (imports[name] for name in scope.names if name in imports):
        if symbol.qualified == qualified:
            return True
        if symbol.kind == "module":
            dotted = qualified.startswith(f"{symbol.module}.") and qualified.rpartition(".")[2] in scope.attributes
            if dotted or any(program.resolve(symbol.module, a).qualified == qualified for a in scope.attributes):
                return True
    return any(program.resolve(star, name).qualified == qualified for star in test.stars for name in scope.names)

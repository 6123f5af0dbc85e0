"""What pins a function by the way in which it is used anywhere; what does not is noted as its callers."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from amigrate.discover.project import Role
from amigrate.facts.effects import Analysis, Effect, What
from amigrate.facts.lattice import Kind
from amigrate.plan import uses
from amigrate.plan.coloured import NOWHERE, Colouring
from amigrate.plan.context import Context, Obstacle, module_of, place_of
from amigrate.plan.decorators import judge_name
from amigrate.plan.handler_uses import use_of_handler
from amigrate.plan.kept_arguments import TOO_COMMON
from amigrate.plan.test_uses import used_in_tests

# uses that can be changed, or take what is async as well
_SEEN = frozenset({What.CALL, What.EACH, What.ITERATE, What.CONSUME, What.WITH, What.INDEX, What.STREAM})


def pin_by_use(context: Context, names: frozenset[str], entries: set[str], result: Colouring) -> None:
    """Pins what is used as a value, from tests, or through a receiver of unknown type; notes all calls."""
    program = context.analyst.program
    for name in sorted(names - result.threaded):  # all callers of these await them already
        if name in result.families:
            if reason := use_of_handler(context, name, result):
                result.reasons[name] = Obstacle(NOWHERE, reason)
            continue
        scopes = _callers(context, name)
        if used := used_in_tests(context, name):
            result.reasons[name] = Obstacle(NOWHERE, used)
            continue
        if scopes is None:
            result.reasons[name] = Obstacle(NOWHERE, "its name is used in too many places to find all its callers")
            continue
        short = name.rpartition(".")[2]
        if short in uses.PROTOCOLS:
            callers, reason = uses.instance_uses(context, name)
            result.callers.setdefault(name, set()).update(callers)
            if reason:
                result.reasons[name] = Obstacle(NOWHERE, reason)
                continue
        is_method = bool(program.functions[name][1].owner)
        for scope in scopes:
            reason = _use(context, name, scope, short, result, is_method=is_method, entry=name in entries)
            if reason:
                result.reasons[name] = Obstacle(NOWHERE, reason)
                break


def _callers(context: Context, qualified: str) -> list[str] | None:
    """The scopes that mention a function's name and may be changed; None when they are too many to look at."""
    program = context.analyst.program
    name = program.functions[qualified][1].qualname.rpartition(".")[2]
    found = [s for s in program.mentions(name) if not program.modules[module_of(context, s)].light]
    return found if len(found) <= TOO_COMMON else None


def _use(
    context: Context, name: str, scope: str, short: str, result: Colouring, *, is_method: bool, entry: bool
) -> str:
    analyst = context.analyst
    analysis = analyst.analyse(scope)
    role = analyst.program.roles.get(module_of(context, scope), Role.CODE)
    for effect in analysis.effects:
        if effect.what is What.MAYBE and is_method and effect.detail == short:
            return f"`.{short}()` is called on an object of unknown type in {place_of(analysis.path, effect)}"
        generator = effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref == name
        if name not in effect.targets and not generator:
            continue
        if role is not context.role and effect.what is not What.VALUE:
            return f"it is called in {place_of(analysis.path, effect)}, which is not changed"
        if effect.what is What.VALUE:
            if _is_route(context, effect, analysis.parents, scope, entry=entry):
                continue
            callers, lost = uses.function_uses(context, name, scope, effect.node)
            if lost:
                how = "decorated by an assignment" if _decorates(analysis, effect, short) else "used as a value"
                return f"it is {how} in {lost}"
            result.callers.setdefault(name, set()).update(callers)
        elif effect.what is What.MADE:
            callers, lost = uses.generator_uses(context, name, scope, effect.node)
            if lost:
                return f"what it gives is handed on in {lost}"
            result.callers.setdefault(name, set()).update(callers)
        elif effect.what is What.CALL and short in uses.RENAMED and _by_name(effect, short):
            return f"`{short}` is called by its name in {place_of(analysis.path, effect)}"
        elif effect.what in _SEEN:
            result.callers.setdefault(name, set()).add((scope, effect.node))
            if effect.extra.get("adapted"):
                result.bridged_calls.add((scope, effect.node))
        else:
            return f"it runs implicitly in {place_of(analysis.path, effect)}"
    return ""


def _decorates(analysis: Analysis, effect: Effect, name: str) -> bool:
    """Whether a function is handed to a decorator in the old way: `index = staff_only(index)`."""
    call = analysis.parents.get(effect.node)
    statement = analysis.parents.get(call) if isinstance(call, ast.Call) else None
    targets = statement.targets if isinstance(statement, ast.Assign) else ()
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _by_name(effect: Effect, name: str) -> bool:
    """Whether a method is called by its own name, other than by an override of it."""
    node = effect.node
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    return named and not effect.extra.get("is_super")


def _is_route(context: Context, effect: Effect, parents: Mapping[ast.AST, ast.AST], scope: str, *, entry: bool) -> bool:
    """Whether a value is used in a URL pattern: directly, or in what Django looks through or what takes async views."""
    if not entry or not scope.endswith("."):
        return False
    wrapped = {w for r in context.routes if r.view in effect.targets for w in r.wrappers}
    if any(judge_name(context, w).reason for w in wrapped):
        return False
    child, parent = effect.node, parents.get(effect.node)
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.Call):
            func = parent.func
            name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            if name in ("path", "re_path", "url"):
                return True
            if name == "partial" and parent.args[:1] == [child]:
                return any(r.view in effect.targets and r.partial for r in context.routes)
            if not wrapped:
                return False
        child, parent = parent, parents.get(parent)
    return False

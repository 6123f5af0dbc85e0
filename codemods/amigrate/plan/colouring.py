"""The colouring: which functions become async, as a greatest fixed point.

It starts from every function that entry points reach, that nothing pins and that may block, and drops what cannot be
async under that assumption, until nothing more has to be dropped.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from amigrate.discover.project import Role
from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import Kind
from amigrate.facts.module import ModuleFacts, Scope
from amigrate.facts.program import Program, Symbol
from amigrate.plan import uses
from amigrate.plan.already_async import already_async, in_thread, stays_in_thread, unreached
from amigrate.plan.context import Context, Draft, Obstacle
from amigrate.plan.decorators import judge_all, judge_name
from amigrate.plan.drafting import draft_function
from amigrate.plan.dual_mode import core_obstacle
from amigrate.plan.pins import pin
from amigrate.plan.test_cases import without_client
from amigrate.plan.twins import needed, no_twin, not_worth_it
from amigrate.plan.view_families import ViewFamily, view_families

_TOO_COMMON = 300  # scopes that mention a name: beyond that its callers cannot be told apart at a sensible cost
_ROUNDS = 3  # argument types flow from callers to callees; more rounds changed nothing on real projects


@dataclass(slots=True)
class Colouring:
    """The result: drafts of what becomes async, and why each other function stays sync.

    `twins` are the drafts of the copies that become async twins, by the function that stays sync; `single` says why
    others get none; `reached` are all that were considered. `present` are the drafts of
    `awake`, what is `async def` already; `threaded` is what a decorator runs in a thread; `bridged_calls` are those of
    `callers` that the project bridges itself.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    reasons: dict[str, Obstacle] = field(default_factory=dict)
    callers: dict[str, set[tuple[str, ast.AST]]] = field(default_factory=dict)
    twins: dict[str, Draft] = field(default_factory=dict)
    single: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    mates: dict[str, set[str]] = field(default_factory=dict)  # functions that one call may run, by each of them
    families: dict[str, ViewFamily] = field(default_factory=dict)  # handlers of classes, each with its family
    refused: list[ViewFamily] = field(default_factory=list)
    causes: dict[frozenset[str], tuple[str, Obstacle]] = field(default_factory=dict)  # what dropped a family first
    present: dict[str, Draft] = field(default_factory=dict)
    awake: frozenset[str] = frozenset()
    threaded: frozenset[str] = frozenset()
    bridged_calls: set[tuple[str, ast.AST]] = field(default_factory=set)

    @property
    def converted(self) -> frozenset[str]:
        """The functions that become async."""
        return frozenset(self.drafts)


_NOWHERE = ast.Pass()
_SEEN = frozenset({What.CALL, What.EACH, What.ITERATE, What.CONSUME, What.WITH, What.INDEX})  # uses that can be changed
_NO_GAIN = "all that it waits for has only a sync form: async would add thread hops and gain nothing"


def _builds(context: Context, name: str, entries: set[str]) -> bool:
    """Whether an entry point builds querysets, which are then evaluated while its response is rendered."""
    return name in entries and not context.tests and bool(context.analyst.analyse(name).origins)


def colour(context: Context, pinned: Mapping[str, Obstacle] | None = None) -> Colouring:
    """Colours the program from its entry points; what is `pinned` stays sync for that reason.

    Looking for all uses of a function is what costs, so it is done only for those that could become async otherwise;
    what is found may drop them, or change the types of their arguments, and then the fixed point is sought again.
    """
    entries = {r.view for r in context.routes} | set(context.entries) | context.tests
    result = Colouring(reasons=dict(pinned or {}))
    if not context.tests:  # with tests the rest of the program is as it will be
        result.awake, result.threaded = frozenset(already_async(context)), frozenset(in_thread(context))
    _know_families(context, result)
    entries |= result.families.keys()
    candidates = {
        name
        for name in _reach(context, entries, result)
        if name not in result.awake
        if context.analyst.blocks(name)
        or name in context.entries
        or name in result.families
        or _builds(context, name, entries)
    }
    checked: set[str] = set()
    while True:
        _fixed_point(context, candidates, entries, result)
        unchecked = result.converted - checked
        if not unchecked:
            return result
        checked |= unchecked
        _pin_by_use(context, unchecked, entries, result)
        context.analyst.refresh()
        candidates = set(result.converted)


def _know_families(context: Context, result: Colouring) -> None:
    """The class-based views: those with a handler that blocks may become async."""
    for family in view_families(context) if not context.tests else ():
        if family.obstacle is not None:
            result.refused.append(family)
        elif any(context.analyst.blocks(m) or context.analyst.analyse(m).origins for m in family.members):
            result.families.update(dict.fromkeys(family.members, family))


def _reach(context: Context, entries: set[str], result: Colouring) -> list[str]:
    """Everything that entry points call and that nothing pins; what pins the rest goes to `result`.

    Analysed again until the argument types from all these callers are known.
    """
    analyst = context.analyst
    order: dict[str, None] = {}
    for _ in range(_ROUNDS):
        order = {}
        queue = deque(sorted(e for e in entries | result.awake | result.threaded if e in analyst.program.functions))
        while queue:
            name = queue.popleft()
            if name in order or (name in result.reasons and not _may_have_twin(context, name, entries, result)):
                continue
            known = name in result.reasons or name in result.families
            known = known or name in result.awake or name in result.threaded
            if not known and (reason := _pinned(context, name, entries)):
                # what it calls stays sync with it: analysed only where its blocking matters
                result.reasons[name] = Obstacle(_NOWHERE, reason)
                if not _may_have_twin(context, name, entries, result):
                    continue
            order[name] = None
            for effect in analyst.analyse(name).effects:
                targets = set(effect.targets)
                if effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref:
                    targets.add(effect.receiver.ref)
                queue.extend(sorted(t for t in targets if t in analyst.program.functions and t not in order))
        if not analyst.refresh():
            break
    for name in order:
        analyst.analyse(name)
    return list(order)


def _pinned(context: Context, name: str, entries: set[str]) -> str:
    if reason := pin(context, name, routed=name in entries):
        return reason
    twin = "" if name in entries else context.twin_of(name)
    return f"it has an async twin, `{twin}`" if twin else ""


def _may_have_twin(context: Context, name: str, entries: set[str], result: Colouring) -> bool:
    """Whether a function that stays sync can get an async twin; why not is noted."""
    if context.helpers != "twin" or name in entries or name in result.single or context.twin_of(name):
        return False
    for member in sorted(_overrides(context, name, result)):
        if reason := result.single.get(member) or no_twin(context, member):
            result.single[name] = reason
            return False
    return True


def _callers(context: Context, qualified: str) -> list[str] | None:
    """The scopes that mention a function's name and may be changed; None when they are too many to look at."""
    program = context.analyst.program
    name = program.functions[qualified][1].qualname.rpartition(".")[2]
    found = [s for s in program.mentions(name) if not program.modules[_module_of(context, s)].light]
    return found if len(found) <= _TOO_COMMON else None


def _used_in_tests(context: Context, qualified: str) -> str:
    """Why tests (or migrations) pin a function: they call or name it, and they are not changed."""
    program = context.analyst.program
    module, function = program.functions[qualified]
    name = function.qualname.rpartition(".")[2]
    for scope in program.mentions(name):
        light = program.modules[_module_of(context, scope)]
        if not light.light:
            continue
        test = context.analyst.trees.full(light.module)
        imports = {local: program.locate(target) for local, target in test.imports}
        known = function.owner or any(s.qualified == module.module for s in imports.values())
        if qualified in test.dotted_strings or (known and name in test.words):
            return f"it is named as a string in {test.path}, which is not changed"
        for found in test.scopes:
            if name in found.attributes if function.owner else _names(program, qualified, test, imports, found):
                what = "a method of its name" if function.owner else "it"
                return f"{what} is used in {test.path}:{max(found.line, 1)}, which is not changed"
    return ""


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


def _pin_by_use(context: Context, names: frozenset[str], entries: set[str], result: Colouring) -> None:
    """Pins what is used as a value, from tests, or through a receiver of unknown type; notes all calls."""
    program = context.analyst.program
    for name in sorted(names - result.threaded):  # all callers of these await them already
        if name in result.families:
            if reason := _use_of_handler(context, name, result):
                result.reasons[name] = Obstacle(_NOWHERE, reason)
            continue
        scopes = _callers(context, name)
        if used := _used_in_tests(context, name):
            result.reasons[name] = Obstacle(_NOWHERE, used)
            continue
        if scopes is None:
            result.reasons[name] = Obstacle(_NOWHERE, "its name is used in too many places to find all its callers")
            continue
        short = name.rpartition(".")[2]
        if short in uses.PROTOCOLS:
            callers, reason = uses.instance_uses(context, name)
            result.callers.setdefault(name, set()).update(callers)
            if reason:
                result.reasons[name] = Obstacle(_NOWHERE, reason)
                continue
        is_method = bool(program.functions[name][1].owner)
        for scope in scopes:
            reason = _use(context, name, scope, short, result, is_method=is_method, entry=name in entries)
            if reason:
                result.reasons[name] = Obstacle(_NOWHERE, reason)
                break


def _use(
    context: Context, name: str, scope: str, short: str, result: Colouring, *, is_method: bool, entry: bool
) -> str:
    analyst = context.analyst
    analysis = analyst.analyse(scope)
    role = analyst.program.roles.get(_module_of(context, scope), Role.CODE)
    for effect in analysis.effects:
        if effect.what is What.MAYBE and is_method and effect.detail == short:
            return f"`.{short}()` is called on an object of unknown type in {_place(analysis.path, effect)}"
        generator = effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref == name
        if name not in effect.targets and not generator:
            continue
        if role is not context.role and effect.what is not What.VALUE:
            return f"it is called in {_place(analysis.path, effect)}, which is not changed"
        if effect.what is What.VALUE:
            if _is_route(context, effect, analysis.parents, scope, entry=entry):
                continue
            callers, lost = uses.function_uses(context, name, scope, effect.node)
            if lost:
                return f"it is used as a value in {lost}"
            result.callers.setdefault(name, set()).update(callers)
        elif effect.what is What.MADE:
            callers, lost = uses.generator_uses(context, name, scope, effect.node)
            if lost:
                return f"what it gives is handed on in {lost}"
            result.callers.setdefault(name, set()).update(callers)
        elif effect.what is What.CALL and short in uses.RENAMED and _by_name(effect, short):
            return f"`{short}` is called by its name in {_place(analysis.path, effect)}"
        elif effect.what in _SEEN:
            result.callers.setdefault(name, set()).add((scope, effect.node))
            if effect.extra.get("adapted"):
                result.bridged_calls.add((scope, effect.node))
        else:
            return f"it runs implicitly in {_place(analysis.path, effect)}"
    return ""


def _by_name(effect: Effect, name: str) -> bool:
    """Whether a method is called by its own name, other than by an override of it."""
    node = effect.node
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    return named and not effect.extra.get("is_super")


def _use_of_handler(context: Context, name: str, result: Colouring) -> str:
    """What but Django uses a handler: methods of its family, and functions that get the view from them."""
    analyst, family = context.analyst, result.families[name]
    short = name.rpartition(".")[2]
    for scope in _around(context, family):
        analysis = analyst.analyse(scope)
        for effect in analysis.effects:
            if effect.what is What.MAYBE and effect.detail == short and _with_request(effect.node):
                return f"`.{short}()` is called on an object of unknown type in {_place(analysis.path, effect)}"
            if name not in effect.targets:
                continue
            if effect.what is not What.CALL:
                return f"it is used as a value in {_place(analysis.path, effect)}"
            if not effect.extra.get("responds") or scope in family.members:
                result.callers.setdefault(name, set()).add((scope, effect.node))
    return ""


def _around(context: Context, family: ViewFamily) -> list[str]:
    """The methods of a family's classes, and the functions of the project that these give `self`."""
    analyst = context.analyst
    line = {one for name in family.classes for one in analyst.classes.views.line(name)}
    found = dict.fromkeys(
        f"{one}.{method}"
        for one in sorted(line)
        for method in analyst.program.classes[one][1].methods
        if f"{one}.{method}" in analyst.program.functions
    )
    for scope in list(found):
        for effect in analyst.analyse(scope).effects:
            given = (
                [*effect.node.args, *(k.value for k in effect.node.keywords)]
                if isinstance(effect.node, ast.Call)
                else []
            )
            if any(isinstance(one, ast.Name) and one.id == "self" for one in given):
                found.update(dict.fromkeys(t for t in effect.targets if t in analyst.program.functions))
    return list(found)


def _with_request(node: ast.AST) -> bool:
    """Whether the first argument of a call may be a request: handlers get one, and dictionaries do not."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if isinstance(first, ast.Starred):
        return True
    name = first.id if isinstance(first, ast.Name) else first.attr if isinstance(first, ast.Attribute) else ""
    return "req" in name.lower()


def _module_of(context: Context, scope: str) -> str:
    if scope.endswith("."):
        return scope[:-1]
    found = context.analyst.program.functions.get(scope)
    return found[0].module if found else ""


def _place(path: str, effect: Effect) -> str:
    return f"{path}:{getattr(effect.node, 'lineno', 0)}"


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


def _fixed_point(context: Context, candidates: set[str], entries: set[str], result: Colouring) -> None:
    """Drops from the candidates until every draft stands."""
    result.mates = _mates(context)
    families = {n: _family(context, n, result) for n in candidates}
    result.reached |= candidates
    for name, family in families.items():
        if missing := sorted(m for m in family if m in result.reasons):
            _note(result, missing[0], result.reasons[missing[0]])
            result.reasons.setdefault(name, Obstacle(_NOWHERE, _apart(name, missing[0])))
    current = {n for n in candidates if n not in result.reasons}
    current |= {m for n in current for m in families[n] if m not in result.reasons}
    while True:
        converted, twins = frozenset(current), _twins(context, converted=current, entries=entries, result=result)
        drafts = {n: draft_function(context, n, converted, twins) for n in sorted(converted)}
        copies = {n: draft_function(context, n, converted, twins) for n in sorted(twins)}
        present = {n: draft_function(context, n, converted, twins) for n in sorted(result.awake)}
        dropped = _dropped(context, drafts, converted, entries, result)
        dropped |= {n: o for n, o in unreached(present, converted, result.callers).items() if n not in dropped}
        single = _single(context, copies, converted, result)
        if not dropped and not single:
            single = not_worth_it(copies)
        if not dropped and not single:
            dropped = _not_worthwhile(context, drafts, entries, result)
        if not dropped and not single:
            wanted = needed(drafts, copies, {n: _overrides(context, n, result) for n in copies})
            result.present = present
            result.drafts, result.twins = drafts, {n: d for n, d in copies.items() if n in wanted}
            return
        result.single |= single
        for name, obstacle in dropped.items():
            _note(result, name, obstacle)
            result.reasons[name] = obstacle
            current.discard(name)


def _twins(context: Context, converted: set[str], entries: set[str], result: Colouring) -> frozenset[str]:
    """The functions that stay sync and can have an async twin, with their overrides."""
    found: set[str] = set()
    for name in result.reached - converted:
        if name in result.reasons and _may_have_twin(context, name, entries, result):
            found |= _overrides(context, name, result)
    return frozenset(found)


def _single(
    context: Context, copies: Mapping[str, Draft], converted: frozenset[str], result: Colouring
) -> dict[str, str]:
    """The functions whose copy could not be async, or would not be overridden like the original, with the reason."""
    found: dict[str, str] = {}
    for name, draft in copies.items():
        if draft.obstacles:
            found[name] = draft.obstacles[0].reason
        elif draft.moved:
            found[name] = next(iter(draft.moved.values()))
    for name in copies.keys() - found.keys():
        every = _overrides(context, name, result)
        if missing := sorted(m for m in every if m in found or m not in (copies.keys() | converted)):
            found[name] = f"its override {missing[0]} has none"
    return found


def _mates(context: Context) -> dict[str, set[str]]:
    """The functions that share a call with a function, such as those of a dispatch dict, by its name."""
    found: dict[str, set[str]] = {}
    for analysis in context.analyst.analyses.values():
        shared: dict[ast.AST, set[str]] = {}
        for effect in analysis.effects:
            if effect.what in (What.CALL, What.EACH):
                shared.setdefault(effect.node, set()).update(effect.targets)
        for targets in shared.values():
            for target in targets if len(targets) > 1 else ():
                found.setdefault(target, set()).update(targets)
    return found


def _family(context: Context, qualified: str, result: Colouring) -> frozenset[str]:
    """The definitions that share a colour: all overrides of a method, and what shares a call with one of them."""
    found, stack = {qualified}, [qualified]
    while stack:
        name = stack.pop()
        more = (_overrides(context, name, result) | result.mates.get(name, set())) - found
        found |= more
        stack.extend(more)
    return frozenset(found)


def _apart(name: str, other: str) -> str:
    """Why a function stays sync with one of its family."""
    if other.rpartition(".")[2] == name.rpartition(".")[2]:
        return f"its override {other} stays sync"
    return f"it goes together with {other}, which stays sync"


def _note(result: Colouring, name: str, obstacle: Obstacle) -> None:
    """Remembers the first thing that keeps a family of views sync."""
    if name in result.families:
        result.causes.setdefault(result.families[name].classes, (name, obstacle))


def _overrides(context: Context, qualified: str, result: Colouring) -> frozenset[str]:
    """All overrides of a method up and down the hierarchy, with the methods of its protocol; all handlers of a view."""
    if qualified in result.families:
        return result.families[qualified].members
    program = context.analyst.program
    module, function = program.functions[qualified]
    if not function.owner:
        return frozenset({qualified})
    name = function.qualname.rpartition(".")[2]
    top = f"{module.module}.{function.owner}"
    for base in program.linearise(top):
        if base in program.classes and name in program.classes[base][1].methods:
            top = base
    names = uses.PROTOCOLS.get(name, (name,))
    return frozenset({t for n in names for t in context.analyst.classes.overrides(top, n)} | {qualified})


def _dropped(
    context: Context, drafts: dict[str, Draft], converted: frozenset[str], entries: set[str], result: Colouring
) -> dict[str, Obstacle]:
    dropped: dict[str, Obstacle] = {}
    for name in drafts:
        if missing := sorted(m for m in _family(context, name, result) if m not in converted):
            dropped[name] = Obstacle(_NOWHERE, _apart(name, missing[0]))
    if dropped:
        return dropped  # only without them is it seen what their callers need
    for name, draft in drafts.items():
        if draft.obstacles:
            dropped[name] = draft.obstacles[0]
        elif draft.moved and context.tests:  # a test is not taken apart
            dropped[name] = Obstacle(*next(iter(draft.moved.items())))
        elif obstacle := core_obstacle(context, judge_all(context, name).cores):
            dropped[name] = obstacle
        elif reason := _uncoloured_caller(context, name, converted, drafts, result):
            dropped[name] = Obstacle(_NOWHERE, reason)
        for called in sorted(draft.sync_calls.keys() & converted):
            place = f"{draft.analysis.path}:{getattr(draft.sync_calls[called], 'lineno', 0)}"
            dropped.setdefault(called, Obstacle(_NOWHERE, f"it is called in a block that stays sync ({place})"))
    if context.tests:
        for name, reason in without_client(context, converted - dropped.keys()).items():
            dropped[name] = Obstacle(_NOWHERE, reason)
    return dropped


def _not_worthwhile(
    context: Context, drafts: dict[str, Draft], entries: set[str], result: Colouring
) -> dict[str, Obstacle]:
    """What would gain nothing as an async function."""
    dropped: dict[str, Obstacle] = {}
    for name, draft in drafts.items():
        if name in result.families:
            if why := _not_worth(context, drafts, result.families[name], entries):
                dropped[name] = Obstacle(_NOWHERE, why)
            continue
        if name in result.threaded:
            if why := stays_in_thread(draft):
                dropped[name] = Obstacle(_NOWHERE, why)
            continue
        calls = result.callers.get(name, set())
        if calls and calls <= result.bridged_calls and name not in entries and (why := stays_in_thread(draft)):
            dropped[name] = Obstacle(_NOWHERE, why)
            continue
        if name not in context.entries and (why := _mostly_sync(draft, routed=name in entries and not context.tests)):
            dropped[name] = Obstacle(_NOWHERE, why)
            continue
        if (
            name in context.entries
            or draft.natives
            or (draft.bridges == draft.rendering and _builds(context, name, entries))
            or len(_family(context, name, result)) > 1
        ):
            continue
        if draft.moved and draft.bridges == len(draft.moved):
            block, why = next(iter(draft.moved.items()))
            dropped[name] = Obstacle(block, f"{why}, and it waits for nothing else: async would gain nothing")
            continue
        if name in entries:
            why = _NO_GAIN
        else:
            why = "all that it waits for has only a sync form: one bridge around its call is cheaper"
        dropped[name] = Obstacle(_NOWHERE, why)
    return dropped


def _not_worth(context: Context, drafts: dict[str, Draft], family: ViewFamily, entries: set[str]) -> str:
    """A reason to leave the handlers of classes sync: they wait for nothing natively, or one has too many bridges."""
    own = [drafts[m] for m in sorted(family.members) if m in drafts]
    if why := next(filter(None, (_mostly_sync(d, routed=True) for d in own)), ""):
        return why
    each_other = sum(
        e.what is What.CALL and not family.members.isdisjoint(e.targets) for d in own for e in d.analysis.effects
    )
    built = any(d.bridges == d.rendering and _builds(context, d.analysis.qualified, entries) for d in own)
    return "" if built or sum(d.natives for d in own) > each_other else _NO_GAIN


def _mostly_sync(draft: Draft, *, routed: bool) -> str:
    """A reason to leave a function sync when bridges would outweigh what is awaited natively (rendering apart).

    A view bears more of them: it is converted where that is safe, and `--only worthwhile` asks for gains only.
    """
    bridges = draft.bridges - draft.rendering
    if bridges <= (3 * (draft.natives + 1) if routed else draft.natives + 1):
        return ""
    return (
        "most of what it waits for has only a sync form: each would be a thread hop, "
        "where the sync function is one in all"
    )


def _uncoloured_caller(
    context: Context, name: str, converted: frozenset[str], drafts: dict[str, Draft], result: Colouring
) -> str:
    for scope, node in sorted(result.callers.get(name, ()), key=lambda c: (c[0], getattr(c[1], "lineno", 0))):
        if scope in converted or scope in result.awake:
            continue
        where = f"{context.analyst.analyse(scope).path}:{getattr(node, 'lineno', 0)}"
        caller = scope.rpartition(".")[2] or "module level"
        known = result.reasons.get(scope)
        because = f": {known.reason}" if known else ""
        return f"it is also called by {caller} ({where}), which stays sync{because}"
    return ""

"""Tests of the project that may become async: which they are, what they must not do, and the client that they share."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from amigrate.discover.project import Role
from amigrate.facts.effects import What
from amigrate.facts.module import Function, ModuleFacts
from amigrate.facts.nodes import walk
from amigrate.facts.program import Program
from amigrate.facts.test_cases import BASES, HOOKS, LOGINS, is_test_case
from amigrate.facts.values import decorator_name, dotted
from amigrate.plan.context import Context

_DECORATORS = frozenset(  # that take async tests: Django's since 4.2, unittest's since Python 3.8
    {"django.test.override_settings", "django.test.modify_settings", "django.test.tag", "unittest.skip"}
    | {"django.test.utils.override_settings", "django.test.utils.modify_settings", "django.test.utils.tag"}
    | {"unittest.skipIf", "unittest.skipUnless", "unittest.expectedFailure", "unittest.mock.patch"}
    | {"unittest.mock.patch.object", "unittest.mock.patch.dict", "django.utils.translation.override"}
    | {"freezegun.freeze_time", "staticmethod", "classmethod"}
)
_THREADS = ("threading.", "concurrent.", "multiprocessing.", "asyncio.")


def tests_of(program: Program, only: Collection[str] | None = None) -> Iterator[str]:
    """The test methods and functions of a program's tests, of the modules `only` if given."""
    for qualified, (module, function) in program.functions.items():
        wanted = program.roles.get(module.module) is Role.TEST and (only is None or module.module in only)
        head, _, name = function.qualname.rpartition(".")
        if wanted and name.startswith("test") and (function.owner or not head):
            yield qualified


def test_pin(context: Context, qualified: str, module: ModuleFacts, function: Function) -> str:
    """Why a function of the tests must stay sync, "" when nothing pins it."""
    program = context.analyst.program
    name = function.qualname.rpartition(".")[2]
    if function.owner:
        owner = f"{module.module}.{function.owner}"
        if name in HOOKS:
            return f"the test runner calls {name} outside of the event loop"
        if reason := _no_test_case(context, owner):
            return reason
        if hands_itself_on(context, qualified) and uses_client(context, qualified):
            return "it hands the test case on, and what gets it may use the sync client, whose cookies are others"
    elif qualified in context.tests:
        return "pytest-asyncio runs it outside of the thread that has the transaction of the test"
    for decorator in function.decorators:
        text = decorator_name(decorator)
        if not text or program.resolve(module.module, text).qualified not in _DECORATORS:
            return f"it is not known whether @{text or '…'} takes an async test"
    node = context.analyst.trees.node(qualified)
    for part in walk(node) if node is not None else ():
        if isinstance(part, ast.Name | ast.Attribute) and (text := dotted(part)):
            meaning = program.resolve(module.module, text).qualified
            if meaning.startswith(_THREADS):
                return f"{meaning} would run code outside of the thread that has the transaction of the test"
        if isinstance(part, ast.Call) and dotted(part.func).rpartition("patch")[1] and _patches_orm(part):
            return "it patches a manager or queryset, whose a-methods would be called now"
    return ""


def _patches_orm(node: ast.Call) -> bool:
    text = " ".join(ast.unparse(argument) for argument in node.args)
    return any(word in text for word in ("objects", "Manager", "QuerySet"))


def _no_test_case(context: Context, owner: str) -> str:
    """Why the tests of a class cannot be async, "" when they can: it is a test case of Django, or a mixin of such."""
    analyst, program = context.analyst, context.analyst.program
    if is_test_case(analyst, owner):
        other = next((h for h in sorted(program.descendants(owner)) if not is_test_case(analyst, h)), "")
        return f"{other} inherits its tests, and may bring a client or a way of running of its own" if other else ""
    foreign = [e for e in program.externals(owner) if e not in BASES and not e.startswith(("abc.", "unittest."))]
    if foreign:
        return f"{owner} inherits from {foreign[0]}, which may bring a client or a way of running of its own"
    heirs = [h for h in program.descendants(owner) if not any(True for _ in program.descendants(h))]
    if not heirs or not all(is_test_case(analyst, heir) for heir in heirs):
        return f"{owner} is no test case of Django's"
    return ""


def uses_client(context: Context, qualified: str) -> bool:
    """Whether a function of the tests uses the test client, itself or in what it calls."""
    program = context.analyst.program
    seen: set[str] = set()
    stack = [qualified]
    while stack:
        name = stack.pop()
        found = program.functions.get(name)
        if name in seen or found is None or program.roles.get(found[0].module) is not Role.TEST:
            continue
        seen.add(name)
        for effect in context.analyst.analyse(name).effects:
            if effect.what is What.CLIENT:
                return True
            stack.extend(effect.targets)
    return False


def hands_itself_on(context: Context, qualified: str) -> bool:
    """Whether a method, or one that it calls on itself, gives its object to other code."""
    program = context.analyst.program
    seen: set[str] = set()
    stack = [qualified]
    while stack:
        name = stack.pop()
        found, node = program.functions.get(name), context.analyst.trees.node(name)
        if name in seen or found is None or node is None or not found[1].owner or not found[1].parameters:
            continue
        seen.add(name)
        own = found[1].parameters[0]
        used = {id(part.value) for part in walk(node) if isinstance(part, ast.Attribute)}
        if any(isinstance(part, ast.Name) and part.id == own and id(part) not in used for part in walk(node)):
            return True
        stack.extend(target for effect in context.analyst.analyse(name).effects for target in effect.targets)
    return False


def relatives(context: Context, qualified: str) -> frozenset[str]:
    """The classes that share a test client with that of a method: all above and below it in the program."""
    program = context.analyst.program
    module, function = program.functions[qualified]
    found: set[str] = set()
    stack = [f"{module.module}.{function.owner}"] if function.owner else []
    while stack:
        name = stack.pop()
        if name in found or name not in program.classes:
            continue
        found.add(name)
        stack.extend((*program.bases(name), *program.subclasses.get(name, ())))
    return frozenset(found)


def prepared_by(context: Context, qualified: str) -> tuple[str, ...]:
    """The hooks, such as setUp, that use the client before or after a test does."""
    functions = context.analyst.program.functions
    hooks = (f"{owner}.{hook}" for owner in sorted(relatives(context, qualified)) for hook in sorted(HOOKS))
    return tuple(h for h in hooks if h in functions and (uses_client(context, h) or hands_itself_on(context, h)))


def logs_in_only(context: Context, hook: str) -> bool:
    """Whether a hook does nothing with the client but log in, which the async client can do in sync code too."""
    if hands_itself_on(context, hook):
        return False
    analysis = context.analyst.analyse(hook)
    called = [t for e in analysis.effects for t in e.targets if uses_client(context, t)]
    return not called and all(e.detail in LOGINS for e in analysis.effects if e.what is What.CLIENT)


def without_client(context: Context, converted: Collection[str]) -> dict[str, str]:
    """What must stay sync because the client it uses is prepared for sync tests, with the reason."""
    found: dict[str, str] = {}
    for name in converted:
        hooks = prepared_by(context, name) if uses_client(context, name) else ()
        if not hooks:
            continue
        if bad := [hook for hook in hooks if not logs_in_only(context, hook)]:
            found[name] = f"{bad[0]} uses the sync client for more than logging in; the async one has other cookies"
            continue
        classes = relatives(context, name)
        tests = [t for t in sorted(context.tests) if _owner(context, t) in classes and t not in converted]
        if sync := [t for t in tests if uses_client(context, t)]:
            found[name] = f"{hooks[0]} logs in for {sync[0]} too, which stays sync"
    return found


def _owner(context: Context, qualified: str) -> str:
    module, function = context.analyst.program.functions[qualified]
    return f"{module.module}.{function.owner}" if function.owner else ""


def shared_clients(context: Context, names: Mapping[str, object]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The functions of the tests whose client is prepared by hooks, with these."""
    for name in names:
        if context.tests and uses_client(context, name) and (hooks := prepared_by(context, name)):
            yield name, hooks

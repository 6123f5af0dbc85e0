"""Families of sync consumers: the classes that become async together, or why they do not.

A sync consumer runs its methods in a thread, one at a time; the async form of its base awaits them (Channels:
"Consumers"). So all methods that the base calls become async, with all that sends through the consumer.
"""

from __future__ import annotations

import ast

from amigrate.discover.project import Role
from amigrate.facts.consumer_classes import INSIDES
from amigrate.facts.containers import CONTAINERS
from amigrate.facts.effects import What
from amigrate.facts.lattice import Kind
from amigrate.facts.nodes import parents, walk
from amigrate.facts.values import decorator_name
from amigrate.plan.class_uses import mentioning, references, resolver
from amigrate.plan.consumer_instances import instances
from amigrate.plan.consumer_sites import CODEMOD
from amigrate.plan.context import Context, Obstacle
from amigrate.plan.ignores import why_ignored
from amigrate.plan.view_families import ViewFamily

Found = tuple[str, Obstacle]
_BY_HAND = "give it to a communicator, and call its methods in an `async def` test"


def consumer_families(context: Context) -> tuple[ViewFamily, ...]:
    """The families of all sync consumers of the project."""
    consumers, program = context.analyst.classes.consumers, context.analyst.program
    computed = computes_types(context)
    found: dict[frozenset[str], ViewFamily] = {}
    for name in consumers.all:
        code = program.roles.get(program.classes[name][0].module, Role.CODE) is Role.CODE
        if code and consumers.is_sync(name) and (classes := consumers.family(name)) not in found:
            found[classes] = _family(context, classes, computed=computed)
    return tuple(found.values())


def computes_types(context: Context) -> bool:
    """Whether the type of a message is computed anywhere, so that any method may be meant."""
    program = context.analyst.program
    for module in program.modules.values():
        layers = any(target.startswith(("channels.layers", "channels.generic")) for _, target in module.imports)
        tree = context.analyst.trees.tree(module.module) if layers and not module.light else None
        for node in walk(tree) if tree is not None else ():
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    typed = isinstance(key, ast.Constant) and key.value == "type"
                    if typed and not isinstance(value, ast.Constant):
                        return True
    return False


def _family(context: Context, classes: frozenset[str], *, computed: bool) -> ViewFamily:
    consumers = context.analyst.classes.consumers
    routed = tuple(sorted(name for name in classes if consumers.is_sync(name)))
    line = sorted(classes)
    members = {method for name in line for method in consumers.handlers(name, computed=computed)}
    members |= {name for name in _functions(context, classes) if _sends(context, name)}
    return ViewFamily(classes, routed, frozenset(members), _obstacle(context, classes, members), consumer=True)


def _obstacle(context: Context, classes: frozenset[str], members: set[str]) -> Found | None:
    """What keeps a family sync, with the class or method that it is about."""
    for name in sorted(classes):
        if obstacle := _class(context, name) or _kept_in_body(context, name):
            return name, obstacle
    for member in sorted(members):
        if obstacle := _handler(context, member):
            return member, obstacle
    return _used_elsewhere(context, classes, members)


def _functions(context: Context, classes: frozenset[str]) -> list[str]:
    """The methods of classes and the functions inside of them."""
    heads = tuple(f"{name}." for name in classes)
    return [name for name in context.analyst.program.functions if name.startswith(heads)]


def _sends(context: Context, name: str) -> bool:
    return any(effect.what is What.CONSUMER for effect in context.analyst.analyse(name).effects)


def _class(context: Context, name: str) -> Obstacle | None:
    program, short = context.analyst.program, name.rpartition(".")[2]
    module, found = program.classes[name]
    at = ast.Pass(lineno=found.line, col_offset=0)
    if bases := context.analyst.classes.consumers.foreign_bases(name):
        if bases[0] == "?":
            return Obstacle(at, f"{short} has a base that is computed", "name the base in the class statement")
        reason = f"{short} inherits from {bases[0]} of another package, whose methods are sync"
        return Obstacle(at, reason, "leave it on Channels until that package has an async form")
    if program.roles.get(module.module, Role.CODE) is not Role.CODE:
        return Obstacle(at, f"{short} is {program.roles[module.module].value} code, which is not changed")
    if why := why_ignored(context.ignored, module.path, found.line, CODEMOD, f"on {short}"):
        return Obstacle(at, why)
    if context.analyst.classes.consumers.is_worker(name):
        help_ = "leave it on Channels, or make it a background task (django.tasks, Celery)"
        return Obstacle(at, f"{short} works on messages of a channel, and no socket waits for it", help_)
    if "<locals>" in name or sum(c.qualname == found.qualname for c in module.classes) > 1:
        return Obstacle(at, f"{short} is defined in a function, or more than once", "define it once, at the top")
    if inside := sorted(INSIDES.intersection(found.methods)):
        help_ = "write what it does into the handlers, then it can be async"
        return Obstacle(at, f"{short} replaces `{inside[0]}` of Channels", help_)
    if found.decorators or found.metaclass:
        return Obstacle(at, f"{short} has a decorator or metaclass, which may change its methods")
    return None


def _kept_in_body(context: Context, name: str) -> Obstacle | None:
    """A method that the body of its class keeps, such as in a dict of commands: its calls are not followed."""
    module, found = context.analyst.program.classes[name]
    tree = context.analyst.trees.tree(module.module)
    for node in walk(tree) if tree is not None else ():
        if not isinstance(node, ast.ClassDef) or node.lineno != found.line:
            continue
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if _is_table(context, name, statement):
                continue  # its calls are those of all methods in it
            for part in walk(statement):
                if isinstance(part, ast.Name) and part.id in found.methods:
                    reason = f"`{part.id}` is kept in the body of the class, and called from there in ways not followed"
                    return Obstacle(part, reason, f"call `{part.id}` by its name, in a `match` or with `if`")
    return None


def _is_table(context: Context, name: str, statement: ast.stmt) -> bool:
    """Whether a statement is `commands = {"say": say}`, a dict or list of methods that nothing else gets or changes."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=table)]) | ast.AnnAssign(target=ast.Name(id=table)):
            kind = context.analyst.names.class_member(name, table)
            return kind.kind in CONTAINERS and kind.item is not None and kind.item.kind in (Kind.FUNCTION, Kind.CHOICE)
    return False


def _handler(context: Context, qualified: str) -> Obstacle | None:
    module, function = context.analyst.program.functions[qualified]
    at = ast.Pass(lineno=function.line, col_offset=0)
    name = qualified.rpartition(".")[2]
    if function.is_async:
        return Obstacle(at, f"`{name}` is async, and its class is a sync consumer, which never awaits it")
    if qualified in context.analyst.program.duplicated:
        return Obstacle(at, f"`{name}` is defined more than once")
    if function.is_generator:
        return Obstacle(at, f"`{name}` is a generator")
    if why := why_ignored(context.ignored, module.path, function.line, CODEMOD):
        return Obstacle(at, why)
    plain = {"classmethod"} if name in ("encode_json", "decode_json") else set[str]()
    for decorator in function.decorators:
        if (text := decorator_name(decorator)) not in plain and text.rpartition(".")[2] != "override":
            return Obstacle(at, f"the decorator @{text or '…'} gets `{name}`, and may want a sync function")
    return None


def _used_elsewhere(context: Context, classes: frozenset[str], members: set[str]) -> Found | None:
    """A use of the classes that needs their methods to be sync: an instance that is made, a method that is taken."""
    program = context.analyst.program
    methods = {member.rpartition(".")[2] for member in members}
    for module in sorted(mentioning(context, {name.rpartition(".")[2] for name in classes})):
        facts = context.analyst.trees.full(module)
        skimmed = program.modules[module].light
        tree = context.analyst.trees.tree(module)
        named = {f"{name}.{method}" for name in classes for method in methods} & facts.dotted_strings
        if named:
            taken = sorted(named)[0]
            reason = f"`{taken.rpartition('.')[2]}` is named as a string in {facts.path}"
            return taken.rpartition(".")[0], Obstacle(ast.Pass(), reason)
        for node, symbol in references(tree, resolver(context, facts, skimmed=skimmed)) if tree is not None else ():
            of_family = symbol.kind == "class" and symbol.qualified in classes
            if of_family and (reason := _use(node, parents(tree or node).get(node), methods, skimmed=skimmed)):
                return symbol.qualified, Obstacle(ast.Pass(), f"{reason} in {facts.path}:{node.lineno}")
    for made in instances(context, classes, members):
        if made.problem:
            reason = f"an instance of it is made in {made.path}:{made.line}, and {made.problem}"
            return min(classes), Obstacle(ast.Pass(), reason, _BY_HAND)
    return None


def _use(node: ast.expr, parent: ast.AST | None, methods: set[str], *, skimmed: bool) -> str:
    """Why one reference to a class needs it to be sync, "" when it does not."""
    if isinstance(parent, ast.Attribute) and parent.attr in methods:
        return f"`{parent.attr}` is taken from the class"
    if isinstance(parent, ast.ClassDef) and skimmed and node in parent.bases:
        return "it is derived from"
    if isinstance(parent, ast.Call) and node in parent.args and skimmed and _is_patch(parent.func):
        return "a part of it is replaced"
    return ""


def _is_patch(func: ast.expr) -> bool:
    """`patch.object` of unittest.mock, and the like of pytest's monkeypatch."""
    return isinstance(func, ast.Attribute) and func.attr in ("object", "multiple", "setattr")

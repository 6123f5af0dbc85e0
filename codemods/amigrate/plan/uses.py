"""Whether what is made of a function is only used where that can be seen and changed: the function itself as a value,
the generator that it makes, the objects of its class."""

from __future__ import annotations

import ast

from amigrate.discover.project import Role
from amigrate.facts.effects import Effect, What
from amigrate.facts.following import Trail, Use
from amigrate.facts.lattice import Kind
from amigrate.facts.nodes import walk
from amigrate.plan.context import Context

# special methods that have an async form, and those of a class that go with each
PROTOCOLS = {"__enter__": ("__enter__", "__exit__"), "__exit__": ("__enter__", "__exit__"), "__call__": ("__call__",)}
RENAMED = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
_CALLING = frozenset({What.CALL, What.EACH})
_RUNNING = frozenset({What.ITERATE, What.CONSUME, What.WITH, What.INDEX, What.STREAM})
_PLAIN_BASES = frozenset({"object", "abc.ABC", "typing.Generic", "contextlib.AbstractContextManager"})

Callers = set[tuple[str, ast.AST]]


def function_uses(context: Context, name: str, scope: str, node: ast.AST) -> tuple[Callers, str]:
    """The calls of a function that is used as a value, and the place where it is lost, "" when it is not."""
    trail = context.analyst.following.trail(scope, node)
    callers = _seen(context, name, trail, ("call", "each"), _CALLING)
    return callers or set(), trail.escapes or ("" if callers is not None else _where(context, scope, node))


def generator_uses(context: Context, name: str, scope: str, node: ast.AST) -> tuple[Callers, str]:
    """Where the generator or context manager that a call makes is run, and the place where it is lost."""
    trail = context.analyst.following.trail(scope, node)
    callers = _seen(context, name, trail, ("iterate", "with", "enter", "argument"), _RUNNING)
    return callers or set(), trail.escapes or ("" if callers is not None else _where(context, scope, node))


def _seen(
    context: Context, name: str, trail: Trail, allowed: tuple[str, ...], kinds: frozenset[What]
) -> Callers | None:
    """The places of the effects that the uses of a trail have; None when the analysis does not know one of them."""
    found: Callers = set()
    if not trail.uses:
        return None  # what is made and not used here may be used by somebody else
    for use in trail.uses:
        effect = _effect(context, name, use, kinds) if use.how in allowed else None
        if effect is None:
            return None
        found.add((use.scope, effect.node))
    return found


def _effect(context: Context, name: str, use: Use, kinds: frozenset[What]) -> Effect | None:
    near = {id(use.node), *(id(child) for child in ast.iter_child_nodes(use.node))}
    for effect in context.analyst.analyse(use.scope).effects:
        generator = effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref == name
        if effect.what in kinds and id(effect.node) in near and (name in effect.targets or generator):
            return effect
    return None


def _where(context: Context, scope: str, node: ast.AST) -> str:
    return f"{context.analyst.analyse(scope).path}:{getattr(node, 'lineno', 0)}"


def instance_uses(context: Context, qualified: str) -> tuple[Callers, str]:
    """Where objects whose class has a special method run it, and why that cannot be known, "" when it is known."""
    program = context.analyst.program
    module, function = program.functions[qualified]
    owner, name = f"{module.module}.{function.owner}", qualified.rpartition(".")[2]
    callers: Callers = set()
    for cls in (owner, *sorted(program.descendants(owner))):
        if foreign := [e for e in program.externals(cls) if e not in _PLAIN_BASES]:
            return callers, f"{cls} inherits from {foreign[0]}, which may call `{name}` synchronously"
        if any(f"{cls}.{RENAMED[n]}" in program.functions for n in PROTOCOLS[name] if n in RENAMED):
            return callers, f"{cls} has an async form of its own"
        if reason := _objects(context, cls, name, callers) or _selves(context, cls, name, callers):
            return callers, reason
    return callers, "" if callers else f"Python calls {name} synchronously, and none of its objects is seen"


def _objects(context: Context, cls: str, name: str, callers: Callers) -> str:
    """Follows all objects of a class from where they are made."""
    program, following = context.analyst.program, context.analyst.following
    module, found = program.classes[cls]
    if cls in program.dotted_strings:
        return f"{cls} is named as a string in {program.dotted_strings[cls]}"
    if "." in found.qualname:
        return f"{cls} is not a class of its module, so that its uses are not looked for"
    try:
        mentions = list(following.mentions(module.module, found.qualname))
    except LookupError as error:
        return str(error)
    for scope, node in mentions:
        if program.roles.get(_module(context, scope), Role.CODE) is not Role.CODE:
            return f"{cls} is used in {_where(context, scope, node)}, which is not changed"
        parent = following.parents(scope).get(node)
        if isinstance(parent, ast.Call) and parent.func is node:
            if lost := _followed(context, scope, parent, name, callers):
                return f"an object of {cls} is handed on in {lost}"
        elif not _names_only(node, parent):
            return f"{cls} is used as a value in {_where(context, scope, node)}"
    return ""


def _names_only(node: ast.AST, parent: ast.AST | None) -> bool:
    """Whether a class is only named: as a base, in an annotation, an import or `isinstance`."""
    if isinstance(parent, ast.ClassDef | ast.arg | ast.AnnAssign | ast.ExceptHandler | ast.Attribute):
        return not (isinstance(parent, ast.AnnAssign) and parent.value is node)
    if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
        return parent.returns is node
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id in ("isinstance", "issubclass")
    )


def _selves(context: Context, cls: str, name: str, callers: Callers) -> str:
    """Follows `self` in the methods of a class; that `__enter__` returns it is known."""
    program, following = context.analyst.program, context.analyst.following
    for method in program.classes[cls][1].methods:
        scope = f"{cls}.{method}"
        node = context.analyst.trees.node(scope)
        first = node.args.args[0].arg if node is not None and node.args.args else ""
        for part in walk(node) if node is not None and first else ():
            if not (isinstance(part, ast.Name) and part.id == first):
                continue
            parent = following.parents(scope).get(part)
            if isinstance(parent, ast.Return) and method == "__enter__":
                continue
            if lost := _followed(context, scope, part, name, callers):
                return f"`{first}` is handed on in {lost}"
    return ""


def _followed(context: Context, scope: str, node: ast.AST, name: str, callers: Callers) -> str:
    """Notes where an object runs a special method; the place where it is lost, "" when it is not."""
    following = context.analyst.following
    return _judged(context, following.trail(scope, node), name, callers, set())


def _judged(context: Context, trail: Trail, name: str, callers: Callers, seen: set[ast.AST]) -> str:
    if trail.escapes:
        return trail.escapes
    for use in trail.uses:
        if use.node in seen:
            continue
        seen.add(use.node)
        for again in _entered(context, use):  # `__enter__` mostly gives the object itself
            if lost := _judged(context, again, name, callers, seen):
                return lost
        direct = isinstance(use.node, ast.Attribute) and use.node.attr in PROTOCOLS[name]
        if direct or use.how in ("argument", "each", "return", "iterate"):
            return _where(context, use.scope, use.node)
        if use.how in (("call",) if name == "__call__" else ("with", "enter")):
            kinds = frozenset({What.CALL} if name == "__call__" else {What.WITH})
            near = _of_method(context, name, use, kinds)
            if near is None:
                return _where(context, use.scope, use.node)
            callers.add((use.scope, near.node))
    return ""


def _entered(context: Context, use: Use) -> list[Trail]:
    """What becomes of the values that entering an object may give, where that may be the object itself."""
    following, found = context.analyst.following, list[Trail]()
    entered = _of_method(context, "__enter__", use, frozenset({What.WITH}))
    targets = [t for t in entered.targets if t.endswith(".__enter__")] if entered is not None else []
    if not any(_gives_self(context, target) for target in targets):
        return []
    if isinstance(use.node, ast.With):
        items = [item.optional_vars for item in use.node.items if item.optional_vars is not None]
        found += [following.bound(use.scope, target) for target in items]
    elif isinstance(use.node, ast.Call):
        found.append(following.trail(use.scope, use.node))
    return found


def _gives_self(context: Context, enter: str) -> bool:
    """Whether an `__enter__` may return its own object."""
    node = context.analyst.trees.node(enter)
    values = [part.value for part in walk(node) if isinstance(part, ast.Return)] if node is not None else [None]
    own = node.args.args[0].arg if node is not None and node.args.args else ""
    return any(isinstance(value, ast.Name) and value.id == own for value in values)


def _of_method(context: Context, name: str, use: Use, kinds: frozenset[What]) -> Effect | None:
    for effect in context.analyst.analyse(use.scope).effects:
        if effect.what in kinds and effect.node is use.node and any(t.endswith(f".{name}") for t in effect.targets):
            return effect
    return None


def _module(context: Context, scope: str) -> str:
    return scope[:-1] if scope.endswith(".") else context.analyst.program.functions[scope][0].module

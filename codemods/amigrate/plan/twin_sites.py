"""Sites for helpers in both colours: the calls of an async twin, and the twin itself."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace

from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import LAZY
from amigrate.facts.nodes import walk
from amigrate.facts.reading import import_target
from amigrate.facts.twins import twin_name
from amigrate.facts.values import dotted
from amigrate.model import Confidence, Site
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.context import Draft, span
from amigrate.plan.twin_cycles import comes_back

CODEMOD = "async-twins"
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def await_twin(draft: Draft, effect: Effect) -> bool:
    """Whether a call of sync helpers is, or could not be, a call of their async twins; else it must be bridged."""
    node, context = effect.node, draft.context
    assert isinstance(node, ast.Call)
    if effect.extra.get("choice"):
        return False  # what is called there is one of several
    planned = all(t in draft.twins for t in effect.targets)
    if not planned and not all(context.twin_of(t) for t in effect.targets):
        return False
    if planned and in_loop(draft, node):
        return False  # a hop a row either way: whether that may be is for the bridge to say
    target = effect.targets[0]
    if any(comes_back(draft, t) for t in effect.targets):
        return False
    spelling = _spelling(draft, node.func, target)
    if spelling is None:
        return False
    if may_await(draft, node):
        draft.natives += 1
        draft.twin_calls.append(target)
        new = twin_name(target.rpartition(".")[2])
        reason = f"`{new}` is the async twin of {target}"
        confidence = Confidence.SAFE if planned else Confidence.REVIEW
        draft.add(node, CODEMOD, reason, confidence, op="call", name=new, parens=parens(draft, node), **spelling)
    return True


def in_loop(draft: Draft, node: ast.AST) -> bool:
    """Whether a node of a function runs once for each round of a loop or comprehension in it."""
    child, parent = node, draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, ast.For | ast.AsyncFor | ast.While) and child in (
            *parent.body,
            getattr(parent, "test", None),
        ):
            return True
        if isinstance(parent, _COMPREHENSIONS) and child is not parent.generators[0]:
            return True
        if isinstance(parent, ast.comprehension) and child is not parent.iter:
            return True
        child, parent = parent, draft.parent(parent)
    return False


def loops(draft: Draft) -> bool:
    """Whether the async form of a function would wait in a loop."""
    iterated = {e.node for e in draft.analysis.effects if e.what is What.ITERATE and e.receiver.kind in LAZY}
    return any(in_loop(draft, node) for node in draft.awaits | iterated)


def _spelling(draft: Draft, func: ast.expr, target: str) -> dict[str, str] | None:
    """How the call can name the twin: what to import for it, if anything; None when it cannot."""
    program = draft.context.analyst.program
    module, function = program.functions[target]
    name = target.rpartition(".")[2]
    if isinstance(func, ast.Attribute):
        if func.attr != name:
            return None
        owner = program.resolve(draft.module, dotted(func.value)) if dotted(func.value) else None
        return {} if function.owner or (owner and (owner.kind, owner.module) == ("module", module.module)) else None
    new = twin_name(name)
    if not isinstance(func, ast.Name) or program.resolve(draft.module, func.id).qualified != target:
        return None  # called under the name of a variable
    if function.owner or _taken(draft, new, module.module):
        return None
    if module.module == draft.module and func.id == name:
        return {}
    return _import(draft, func.id, module.module, name)


def _taken(draft: Draft, new: str, module: str) -> bool:
    """Whether a name means something else where the call stands."""
    program = draft.context.analyst.program
    nodes = list(walk(draft.analysis.node))
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)} - {
        getattr(draft.analysis.node, "name", "")
    }
    meaning = program.resolve(draft.module, new)
    free = meaning.kind == "external" and (meaning.qualified == new or bool(program.modules[draft.module].stars))
    return new in bound or hasattr(builtins, new) or not (free or meaning.qualified == f"{module}.{new}")


def _import(draft: Draft, local: str, module: str, name: str) -> dict[str, str] | None:
    """The import that stands beside that of the function; one inside of the function is changed there."""
    program = draft.context.analyst.program
    facts = program.modules[draft.module]
    is_package = facts.path.endswith("__init__.py")
    inner = [n for n in walk(draft.analysis.node) if isinstance(n, ast.ImportFrom)]
    tree = draft.context.analyst.trees.tree(draft.module)
    outer = [n for n in (tree.body if tree is not None else []) if isinstance(n, ast.ImportFrom)]
    for statement in (*inner, *outer):
        alias = next((a for a in statement.names if (a.asname or a.name) == local), None)
        if alias is None:
            continue
        source = import_target(draft.module, is_package, statement)
        direct = source == module and alias.name == name
        if statement in inner:
            if direct:
                draft.local_imports.setdefault(statement, {})[local] = name
            return {} if direct else None
        text = "." * statement.level + (statement.module or "") if direct else module
        return {"module": text, "old": name} if direct else {"module": text}
    if any(program.resolve(star, name).qualified == f"{module}.{name}" for star in facts.stars):
        return {"module": module}
    return None


def flush_imports(draft: Draft) -> None:
    """The imports inside of the function: the twin in the place of what nothing else uses, or else beside it."""
    for statement, names in draft.local_imports.items():
        for local, name in names.items():
            uses = [n for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and n.id == local]
            spans = {s.span for s in draft.sites if s.codemod == CODEMOD and s.param("op") == "call"}
            calls = [draft.parent(n) for n in uses]
            gone = all(
                isinstance(c, ast.Call) and c.func is n and span(c) in spans for n, c in zip(uses, calls, strict=True)
            )
            op = "replace" if gone else "add"
            draft.add(statement, CODEMOD, f"imports {twin_name(name)}", op=op, old=name, name=twin_name(name))


def twin_sites(draft: Draft, group: str) -> tuple[Site, ...]:
    """The sites of the copy that becomes the twin of a function, its `def` first."""
    qualified = draft.analysis.qualified
    head, _, name = qualified.rpartition(".")
    new = twin_name(name)
    definition = Site(
        span(draft.analysis.node),
        type(draft.analysis.node).__name__,
        CODEMOD,
        (("op", "twin"), ("name", new)),
        reason=f"async callers need {qualified} too, and sync ones keep it",
    )
    return tuple(replace(s, group=group, symbol=f"{head}.{new}", twin=new) for s in (definition, *draft.sites))

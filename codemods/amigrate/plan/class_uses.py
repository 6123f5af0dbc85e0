"""Where view classes are used: anything but a route may get a coroutine where it wants a response."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from amigrate.facts.module import ModuleFacts
from amigrate.facts.nodes import parents, walk
from amigrate.facts.program import Symbol
from amigrate.facts.values import dotted
from amigrate.facts.view_classes import NOT_ALLOWED
from amigrate.plan.class_decorators import around_obstacle
from amigrate.plan.context import Context, Obstacle

_ROUTES = frozenset({"path", "re_path", "url"})
_ASKING = frozenset({"super", "isinstance", "issubclass"})
_ERROR_HANDLERS = frozenset({"handler400", "handler403", "handler404", "handler500"})  # Django calls them synchronously
_RUN = frozenset({"dispatch", "setup", "as_view", "options", NOT_ALLOWED})
Parents = Mapping[ast.AST, ast.AST]
Resolve = Callable[[str], Symbol]


def used_elsewhere(context: Context, classes: frozenset[str]) -> tuple[str, Obstacle] | None:
    """The first use of one of the classes that needs it to be sync."""
    names = {name.rpartition(".")[2] for name in classes}
    for module in sorted(mentioning(context, names)):
        if found := _in_module(context, module, classes):
            return found
    return None


def mentioning(context: Context, names: set[str]) -> set[str]:
    """The modules that mention one of these names."""
    program = context.analyst.program
    found: set[str] = set()
    for name in names:
        for scope in program.mentions(name):
            known = program.functions.get(scope)
            found.add(scope[:-1] if scope.endswith(".") else known[0].module if known else "")
    return found & program.modules.keys()


def _in_module(context: Context, module: str, classes: frozenset[str]) -> tuple[str, Obstacle] | None:
    program = context.analyst.program
    facts = context.analyst.trees.full(module)
    skimmed = program.modules[module].light
    resolve = resolver(context, facts, skimmed=skimmed)
    tree = context.analyst.trees.tree(module)
    if tree is None:
        return None
    if skimmed and (text := _named(facts, classes, context)):
        return text, Obstacle(ast.Pass(), f"it is named as a string in {facts.path}, which is not changed")
    for node, symbol in references(tree, resolve):
        if symbol.kind != "class" or symbol.qualified not in classes:
            continue
        reason = _use(context, resolve, node, parents(tree), skimmed=skimmed)
        if reason is not None:
            changed = ", which is not changed" if skimmed else ""
            where = f"{facts.path}:{getattr(node, 'lineno', 0)}{changed}"
            return symbol.qualified, Obstacle(ast.Pass(), f"{reason} in {where}")
    return None


def _named(facts: ModuleFacts, classes: frozenset[str], context: Context) -> str:
    """The class that a test names as a string, or a handler of it: `mock.patch("shop.views.Shelf.get")`."""
    run = context.analyst.classes.views.methods | _RUN
    for name in sorted(classes):
        if any(
            text == name or (text.startswith(f"{name}.") and text[len(name) + 1 :] in run)
            for text in facts.dotted_strings
        ):
            return name
    return ""


def resolver(context: Context, facts: ModuleFacts, *, skimmed: bool) -> Resolve:
    """What gives the meaning of a dotted name in a module, of which only the words are known if it is `skimmed`."""
    program = context.analyst.program
    if not skimmed:
        return lambda text: program.resolve(facts.module, text)
    imports = dict(facts.imports)

    def resolve(text: str) -> Symbol:
        first, _, rest = text.partition(".")
        if (target := imports.get(first)) is not None:
            return program.locate(f"{target}.{rest}" if rest else target)
        found = (program.resolve(star, text) for star in facts.stars if star in program.modules)
        return next((one for one in found if one.kind != "external"), Symbol("external", text, ""))

    return resolve


def references(tree: ast.Module, resolve: Resolve) -> Iterator[tuple[ast.expr, Symbol]]:
    """The names and attributes that a module reads, with what they mean."""
    known: dict[str, Symbol] = {}
    for node in walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and (text := dotted(node)):
            if text not in known:
                known[text] = resolve(text)
            yield node, known[text]


def _use(context: Context, resolve: Resolve, node: ast.expr, parents: Parents, *, skimmed: bool) -> str | None:
    """Why one reference to a class needs it to be sync, None when it does not."""
    parent = parents.get(node)
    match parent:
        case ast.ClassDef():
            return "it is derived from" if skimmed or node in parent.decorator_list else None
        case ast.Compare():
            return None
        case ast.Attribute(attr="as_view"):
            call = parents.get(parent)
            if not isinstance(call, ast.Call) or call.func is not parent:
                return "its as_view is used as a value"
            return _view_value(context, resolve, call, parents)
        case ast.Attribute(attr=name):
            called = name in context.analyst.classes.views.methods | _RUN
            return f"`{name}` is taken from the class" if called or skimmed else None
        case ast.Call(func=ast.Name(id=name)) if name in _ASKING and parent.func is not node:
            return None
        case ast.Call(func=ast.Attribute(attr=name)) if skimmed and name.startswith("assert"):
            return None
        case ast.Call() if parent.func is node:
            return "an instance of it is made"
    return None if is_annotation(node, parents) else "it is used as a value"


def is_annotation(node: ast.AST, parents: Parents) -> bool:
    """Whether an expression is an annotation, or in one."""
    child, parent = node, parents.get(node)
    while isinstance(parent, ast.Subscript | ast.BinOp | ast.Tuple | ast.List | ast.Attribute):
        child, parent = parent, parents.get(parent)
    match parent:
        case ast.arg() | ast.AnnAssign():
            return parent.annotation is child
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return parent.returns is child
    return False


def _view_value(context: Context, resolve: Resolve, view: ast.expr, parents: Parents) -> str | None:
    """What becomes of the function that `as_view()` gives: it may go into routes, through what takes async views."""
    child: ast.AST = view
    parent = parents.get(view)
    while isinstance(parent, ast.Call | ast.keyword):
        if isinstance(parent, ast.Call):
            if child is parent.func:
                return "its view is called"
            func = parent.func.func if isinstance(parent.func, ast.Call) else parent.func
            name = dotted(func)
            if name.rpartition(".")[2] in _ROUTES:
                return None
            if why := around_obstacle(context, resolve(name).qualified if name else "?"):
                return f"its view is given to {name or 'something computed'} ({why})"
        child, parent = parent, parents.get(parent)
    if isinstance(parent, ast.Assign) and parent.value is child and isinstance(parents.get(parent), ast.Module):
        names = [target.id for target in parent.targets if isinstance(target, ast.Name)]
        if len(names) == len(parent.targets) == 1 and names[0] not in _ERROR_HANDLERS:
            return _uses_of_value(context, resolve(names[0]))
    return "its view is used"


def _uses_of_value(context: Context, symbol: Symbol) -> str | None:
    """What becomes of `shelf = Shelf.as_view()` of a module."""
    for module in sorted(mentioning(context, {symbol.name})):
        facts = context.analyst.trees.full(module)
        skimmed = context.analyst.program.modules[module].light
        resolve = resolver(context, facts, skimmed=skimmed)
        tree = context.analyst.trees.tree(module)
        for node, found in references(tree, resolve) if tree is not None else ():
            if found == symbol:
                reason = _view_value(context, resolve, node, parents(tree or node))
                if reason is not None:
                    return f"{reason} as `{symbol.name}` ({facts.path}:{node.lineno})"
    return None

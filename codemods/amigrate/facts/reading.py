"""The one `ast` pass over a file."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from amigrate.facts.module import COMPUTED, Class, Function, ModuleFacts, Scope
from amigrate.facts.nodes import NODE_FIELDS
from amigrate.facts.pieces import statements
from amigrate.facts.templates import names_of
from amigrate.facts.values import Value, dotted, reduce_value
from amigrate.facts.words import words_of

DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\Z")
IDENTIFIER = re.compile(r"[A-Za-z_]\w{1,60}\Z")
# how a variable is called that holds an HTTP request; a `group_request` is a row of something
_HTTP_REQUEST = re.compile(
    r"_*(?:http|wsgi|asgi|django|drf|new|old|current|original|inner|outer|mock|fake)?_?req(?:uest)?"
)
# methods whose strings are keys of mappings or names of model fields
_KEYED = frozenset(
    {"get", "getlist", "pop", "setdefault", "values", "values_list", "order_by", "only", "defer", "select_related"}
    | {"prefetch_related", "distinct", "has_key", "aget", "apop", "get_or_set"}
)
# functions that read an attribute by its name, with the place of that among their arguments
_READING = {"getattr": 1, "hasattr": 1, "methodcaller": 0, "attrgetter": 0, "__getattribute__": 0}
# nodes that mean nothing by themselves: the fields to go on with
_TELLING = {ast.Name, ast.Attribute, ast.Constant, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import}
_TELLING |= {ast.ImportFrom, ast.Subscript, ast.Call, ast.Yield, ast.YieldFrom, ast.Global}
_TELLING_AT_MODULE = {ast.If, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr}
_NODES = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
_PLAIN = {kind: NODE_FIELDS[kind] for kind in _NODES if kind not in _TELLING}
_PLAIN_AT_MODULE = {kind: names for kind, names in _PLAIN.items() if kind not in _TELLING_AT_MODULE}


def skim_module(source: bytes, path: str, module: str, digest: str) -> ModuleFacts:
    """Light facts: enough to know which names a file may mention, for files that are never changed."""
    words = words_of(source)
    return ModuleFacts(path, module, digest, scopes=(Scope("", 0, words, words),), light=True)


@dataclass(slots=True)
class _Builder:
    module: str
    is_package: bool
    imports: dict[str, str] = field(default_factory=dict)
    global_imports: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    values: list[tuple[str, Value]] = field(default_factory=list)
    calls: list[Value] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    dotted_strings: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    template_names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Open:
    """A scope that is being read."""

    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    is_generator: bool = False


def read_module(source: bytes, path: str, module: str, digest: str) -> ModuleFacts:
    """Parses `source` once and returns its facts; a syntax or encoding error is returned in `error`."""
    try:
        try:
            builder = _read(statements(source), path, module)
        except SyntaxError:  # in the file, or only in a piece of it
            builder = _read([ast.parse(source, filename=path).body], path, module)
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        return ModuleFacts(path, module, digest, error=f"SyntaxError: {error.msg}{where}")
    except _TooDeep:
        return ModuleFacts(path, module, digest, error="RecursionError: nested too deeply to be read")
    except (ValueError, RecursionError, MemoryError) as error:
        return ModuleFacts(path, module, digest, error=f"{type(error).__name__}: {error}")
    return ModuleFacts(
        path,
        module,
        digest,
        tuple(builder.imports.items()),
        tuple(builder.stars),
        tuple(builder.functions),
        tuple(builder.classes),
        tuple(builder.values),
        tuple(builder.calls),
        tuple(builder.scopes),
        frozenset(builder.dotted_strings),
        frozenset(builder.words),
        global_imports=frozenset(builder.global_imports),
        given=frozenset(builder.given),
        rebound=frozenset(builder.rebound),
        template_names=frozenset(builder.template_names),
    )


class _TooDeep(Exception):
    """The tree could be parsed, and is too deep to be walked."""


def _read(pieces: Iterable[list[ast.stmt]], path: str, module: str) -> _Builder:
    builder, opened = _Builder(module, path.endswith("__init__.py")), _Open()
    for body in pieces:
        try:
            _body(builder, body, opened, "", "")
        except RecursionError as error:
            raise _TooDeep from error
    builder.scopes.append(Scope("", 0, tuple(opened.names), tuple(opened.attributes)))
    return builder


def import_target(module: str, is_package: bool, node: ast.ImportFrom) -> str:
    """The dotted module that a `from … import` names, relative levels resolved."""
    return absolute(module, is_package, node.level, node.module or "")


def absolute(module: str, is_package: bool, level: int, name: str) -> str:
    """The dotted module that a name with so many dots before it means in a module."""
    if not level:
        return name
    parts = module.split(".") if module else []
    drop = level - (1 if is_package else 0)
    base = parts[: len(parts) - drop] if drop else parts
    return ".".join([*base, name] if name else base)


def _body(builder: _Builder, body: list[ast.stmt], scope: _Open, prefix: str, owner: str) -> None:
    """Reads statements of the module (prefix ""), of a class (owner set) or of a function.

    Of what a reading costs half is spent here, so the kinds of nodes are in the order in which they are frequent.
    """
    stack: list[Any] = body[::-1]  # nodes, and what else their fields hold
    at_module = not prefix
    plain = _PLAIN_AT_MODULE if at_module else _PLAIN
    typing_only: set[ast.AST] = set()
    loading: set[ast.AST] = set()  # `request.user = await request.auser()` puts no other user there
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ast.Name:
            scope.names.add(node.id)
        elif kind is ast.Attribute:
            scope.attributes.add(node.attr)
            stack.append(node.value)
            if type(node.ctx) is ast.Store:
                _store(builder, scope, node, loading)
        elif kind is ast.Constant:
            if type(node.value) is str and node.value:
                _string(builder, node.value)
        elif kind is ast.Call:
            _call(builder, node, stack)
        elif (names := plain.get(kind)) is not None:
            _push(stack, node, names)
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            _function(builder, node, scope, prefix, owner, stack)
        elif kind is ast.ClassDef:
            _class(builder, node, scope, prefix, stack)
        elif kind is ast.Import or kind is ast.ImportFrom:
            # function-level imports too: a name means the same thing wherever it is imported
            _import(builder, node)
            if at_module and node not in typing_only:
                builder.global_imports.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif kind is ast.Subscript:
            stack.append(node.value)
            if type(node.slice) is not ast.Constant:  # a key of a mapping: nothing looks an attribute up by it
                stack.append(node.slice)
        elif kind is ast.Global:
            builder.rebound.update(node.names)
        elif isinstance(node, ast.AST):
            if kind is ast.Yield or kind is ast.YieldFrom:
                scope.is_generator = True
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Await) and _asks_user(node.value.value):
                loading.update(node.targets)
            if at_module:
                _at_module(builder, node, typing_only)
            _push(stack, node, NODE_FIELDS[kind])
        # else the names of a class pattern, the missing key of `**other` in a dict


def _store(builder: _Builder, scope: _Open, node: ast.Attribute, loading: Collection[ast.AST]) -> None:
    """An attribute that is assigned."""
    scope.stores.add(node.attr)
    if not (type(node.value) is ast.Name and node.value.id in ("self", "cls")):
        builder.given.add(node.attr)
    is_user = node.attr == "user" and node not in loading
    if is_user and _HTTP_REQUEST.fullmatch(dotted(node.value).rpartition(".")[2]):
        scope.stores.add("request.user")


def _call(builder: _Builder, node: ast.Call, stack: list[Any]) -> None:
    func, args = node.func, node.args
    stack.append(func)
    name = func.attr if type(func) is ast.Attribute else func.id if type(func) is ast.Name else ""
    if name in _KEYED and type(func) is ast.Attribute:
        stack += [arg for arg in args if type(arg) is not ast.Constant]
    else:
        stack += args
        if name in _READING and (read := _read_by_name(args, _READING[name])):
            builder.words.add(read)
    for keyword in node.keywords:
        stack.append(keyword.value)


def _at_module(builder: _Builder, node: ast.AST, typing_only: set[ast.AST]) -> None:
    """A statement of the module itself, below its conditions and loops, too."""
    if isinstance(node, ast.If):
        if dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            typing_only.update(node.body)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        _assignment(builder.values, node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        builder.calls.append(reduce_value(node.value))


def _push(stack: list[Any], node: ast.AST, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(node, name)
        if type(value) is list:
            stack += value[::-1]
        elif value is not None:
            stack.append(value)


def _asks_user(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "auser"


def _read_by_name(args: list[ast.expr], at: int) -> str:
    """The word that stands for a call that reads an attribute by the name that is its argument `at`."""
    if len(args) <= at:
        return ""
    read = args[at]
    if isinstance(read, ast.Constant):
        return f"getattr({read.value})" if isinstance(read.value, str) else ""
    return COMPUTED


def _string(builder: _Builder, value: str) -> None:
    if "{{" in value or "{%" in value:
        builder.template_names |= names_of(value)
    if len(value) < 100:
        if IDENTIFIER.match(value):
            builder.words.add(value)
        elif "." in value and DOTTED.match(value):
            builder.dotted_strings.add(value)


def _import(builder: _Builder, node: ast.Import | ast.ImportFrom) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                builder.imports[alias.asname] = alias.name
            else:
                first = alias.name.partition(".")[0]
                builder.imports.setdefault(first, first)
        return
    target = import_target(builder.module, builder.is_package, node)
    for alias in node.names:
        if alias.name == "*":
            builder.stars.append(target)
        else:
            builder.imports[alias.asname or alias.name] = f"{target}.{alias.name}"


def _assignment(values: list[tuple[str, Value]], node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        name = dotted(target)
        if name:
            values.append((name, reduce_value(node.value)))
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for left, right in zip(target.elts, node.value.elts, strict=False):
                if isinstance(left, ast.Name):
                    values.append((left.id, reduce_value(right)))


def _function(
    builder: _Builder,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    scope: _Open,
    prefix: str,
    owner: str,
    stack: list[ast.AST],
) -> None:
    qualname = prefix + node.name
    opened = _Open()
    stack.extend(node.decorator_list)
    arguments = node.args
    stack.extend(d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None)
    everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    _body(builder, node.body, opened, f"{qualname}.<locals>.", "")
    builder.scopes.append(
        Scope(qualname, node.lineno, tuple(opened.names), tuple(opened.attributes)),
    )
    builder.functions.append(
        Function(
            qualname,
            node.lineno,
            tuple(reduce_value(d) for d in node.decorator_list),
            isinstance(node, ast.AsyncFunctionDef),
            opened.is_generator,
            tuple(a.arg for a in everything),
            owner,
            min((d.lineno for d in node.decorator_list), default=node.lineno),
            node.end_lineno or node.lineno,
            frozenset(opened.stores),
        )
    )


def _class(builder: _Builder, node: ast.ClassDef, scope: _Open, prefix: str, stack: list[ast.AST]) -> None:
    qualname = prefix + node.name
    stack.extend(node.decorator_list)
    stack.extend(node.bases)
    stack.extend(k.value for k in node.keywords)
    values: list[tuple[str, Value]] = []
    meta: list[tuple[str, Value]] = []
    annotations: list[tuple[str, str]] = []
    methods: list[str] = []
    for child in node.body:
        if isinstance(child, ast.Assign | ast.AnnAssign):
            if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
                annotations.append((child.target.id, dotted(child.annotation) or ast.unparse(child.annotation)))
            _assignment(values, child)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            methods.append(child.name)
        elif isinstance(child, ast.ClassDef) and child.name == "Meta":
            for statement in child.body:
                if isinstance(statement, ast.Assign):
                    _assignment(meta, statement)
    bases = tuple(_base(b) for b in node.bases)
    builder.classes.append(
        Class(
            qualname,
            node.lineno,
            bases,
            tuple(methods),
            tuple(values),
            tuple(meta),
            tuple(annotations),
            tuple(reduce_value(d) for d in node.decorator_list),
            next((dotted(k.value) for k in node.keywords if k.arg == "metaclass"), ""),
        )
    )
    _body(builder, node.body, scope, f"{qualname}.", qualname)


def _base(node: ast.expr) -> str:
    """A base class: dotted; `Manager.from_queryset(Q)` as `Manager.from_queryset(Q)`; else ""."""
    if isinstance(node, ast.Subscript):  # Generic[T], QuerySet["Book"]
        return dotted(node.value)
    if isinstance(node, ast.Call) and node.args and dotted(node.func).endswith("from_queryset"):
        return f"{dotted(node.func)}({dotted(node.args[0])})"
    return dotted(node)

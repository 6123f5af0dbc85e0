"""Where a value goes, by syntax alone: the places where a function, an object or a generator that is made somewhere is
called, entered or run through, or that it escapes from what can be seen.

A value is followed through names, conditional expressions, containers (`HANDLERS[kind]`), `functools.partial` and
parameters of the project's functions. `depth` counts the containers that it is in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from amigrate.facts.nodes import children, parents
from amigrate.facts.nodes import walk as below
from amigrate.facts.program import Program
from amigrate.facts.trees import Trees

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_QUIET_BUILTINS = frozenset({"callable", "isinstance", "id", "len", "bool", "type"})
_COPYING = frozenset({"list", "tuple", "set", "frozenset", "reversed", "iter", "sorted", "dict"})
_KEYED = frozenset({"map", "filter", "sorted", "min", "max"})
_ITEM = frozenset({"get", "pop", "popleft", "setdefault"})
_FILLING = frozenset(
    {"append", "appendleft", "add", "insert", "extend", "update", "setdefault", "remove", "clear", "pop"}
)
_LOOKING = frozenset({"keys", "index", "count", "__contains__"})
_NAMING = frozenset({"__name__", "__qualname__", "__doc__", "__module__"})


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a value ends up: `how` is call, each (a builtin calls it for each element), with,
    iterate, argument, enter, attribute or return."""

    scope: str
    node: ast.AST
    how: str


@dataclass(frozen=True, slots=True)
class Trail:
    """All that became of a value. `escapes` says where it was lost, "" when it was not; `changed`: whether a container
    that it is in gets or loses other elements; `given`: whether a function gives that container to its callers."""

    uses: tuple[Use, ...] = ()
    escapes: str = ""
    changed: bool = False
    given: bool = False


@dataclass(slots=True)
class _Walk:
    uses: list[Use] = field(default_factory=list)
    work: list[tuple[str, ast.AST, int]] = field(default_factory=list)
    seen: set[tuple[object, ...]] = field(default_factory=set)
    escapes: str = ""
    changed: bool = False
    given: bool = False


class Following:
    """Follows values through a program; answers are remembered."""

    def __init__(self, program: Program, trees: Trees) -> None:
        self.program = program
        self.trees = trees
        self._trails: dict[tuple[str, ast.AST, int], Trail] = {}

    def trail(self, scope: str, node: ast.AST, depth: int = 0) -> Trail:
        """What becomes of the value of an expression in a scope (`module.` for a module's own statements)."""
        key = (scope, node, depth)
        if key not in self._trails:
            walk = _Walk(work=[(scope, node, depth)])
            self._run(walk)
            self._trails[key] = Trail(tuple(walk.uses), walk.escapes, walk.changed)
        return self._trails[key]

    def only_called(self, scope: str, node: ast.AST) -> bool:
        """Whether a function, used as a value here, is only ever called, where that can be seen."""
        trail = self.trail(scope, node)
        return not trail.escapes and all(use.how in ("call", "each") for use in trail.uses)

    def bound(self, scope: str, target: ast.AST) -> Trail:
        """What becomes of a value that is bound to a target."""
        walk = _Walk()
        if not self._target(walk, scope, target, 0) and not walk.escapes:
            walk.escapes = self._place(scope, target)
        self._run(walk)
        return Trail(tuple(walk.uses), walk.escapes, walk.changed)

    def named(self, module: str, name: str, depth: int) -> Trail:
        """What becomes of the value that a module binds to a name."""
        walk = _Walk()
        self._global(walk, module, name, depth)
        self._run(walk)
        return Trail(tuple(walk.uses), walk.escapes, walk.changed, walk.given)

    def mentions(self, module: str, name: str) -> Iterator[tuple[str, ast.Name | ast.Attribute]]:
        """All places that may mean a name of a module; raises LookupError where a file that is only skimmed has it."""
        for scope in self.program.mentions(name):
            home = self._module_of(scope)
            if scope in self.program.duplicated:
                raise LookupError(f"`{name}` is mentioned in {scope}, which is defined more than once")
            if self.program.modules[home].light:
                if not self._names(home, name):
                    continue  # a word of its comments or texts
                raise LookupError(f"`{name}` is mentioned in {self.program.modules[home].path}, which is not changed")
            for part in self.own_nodes(scope):
                if isinstance(part, ast.Attribute) and part.attr == name:
                    yield scope, part
                elif isinstance(part, ast.Name):
                    meant = self.program.resolve(home, part.id)
                    if meant.qualified == f"{module}.{name}":
                        yield scope, part

    def _names(self, module: str, name: str) -> bool:
        """Whether code of a module that is only skimmed may mean something of this name, also as a string."""
        full = self.trees.full(module)
        named = name in full.words or any(name in text.split(".") for text in full.dotted_strings)
        return named or any(name in scope.names or name in scope.attributes for scope in full.scopes)

    # --- the tree around a node

    def _module_of(self, scope: str) -> str:
        if scope.endswith("."):
            return scope[:-1]
        return self.program.functions[scope][0].module

    def _root(self, scope: str) -> ast.AST | None:
        if scope.endswith("."):
            return self.trees.tree(scope[:-1])
        top = scope.partition(".<locals>.")[0]
        return self.trees.node(top if top in self.program.functions else scope)

    def parents(self, scope: str) -> Mapping[ast.AST, ast.AST]:
        """The parent of every node of the outermost function around a scope."""
        root = self._root(scope)
        return parents(root) if root is not None else {}

    def own_nodes(self, scope: str) -> Iterator[ast.AST]:
        """The nodes of a scope without those of the functions in it."""
        node = self.trees.tree(scope[:-1]) if scope.endswith(".") else self.trees.node(scope)
        stack = list(children(node)) if node is not None else []
        if not scope.endswith(".") and isinstance(node, _FUNCTIONS):
            stack = list(node.body)  # its defaults and decorators belong to the scope around
        while stack:
            part = stack.pop()
            yield part
            if isinstance(part, _FUNCTIONS):
                stack.extend([*part.decorator_list, *part.args.defaults])
                stack.extend(d for d in part.args.kw_defaults if d is not None)
            else:
                stack.extend(children(part))

    def _scope_of(self, scope: str, node: ast.AST) -> str:
        """The innermost function around a node of the tree of a scope."""
        parents = self.parents(scope)
        around: list[ast.AST] = []
        child, parent = node, parents.get(node)
        while parent is not None:
            if (isinstance(parent, _FUNCTIONS) and child in parent.body) or isinstance(parent, ast.ClassDef):
                around.append(parent)
            child, parent = parent, parents.get(parent)
        if scope.endswith("."):
            return scope
        top = scope.partition(".<locals>.")[0]
        names = top
        for at, part in enumerate(around[::-1]):
            if at == 0:
                continue  # the outermost function itself
            before = around[::-1][at - 1]
            names += (".<locals>." if isinstance(before, _FUNCTIONS) else ".") + part.name  # type: ignore[attr-defined]  # functions and classes
        return names if names in self.program.functions else names.rpartition(".<locals>")[0] or top

    # --- following

    def _run(self, walk: _Walk) -> None:
        steps = 0
        while walk.work and not walk.escapes:
            steps += 1
            if steps > 500:
                walk.escapes = "it is used in too many places"
                return
            scope, node, depth = walk.work.pop()
            if (node, depth) in walk.seen:
                continue
            walk.seen.add((node, depth))
            parent = self.parents(scope).get(node)
            handled = parent is not None and self._step(walk, scope, node, parent, depth)
            if not handled and not walk.escapes:
                walk.escapes = self._place(scope, node)

    def _place(self, scope: str, node: ast.AST) -> str:
        return f"{self.program.modules[self._module_of(scope)].path}:{getattr(node, 'lineno', 0)}"

    def _use(self, walk: _Walk, scope: str, node: ast.AST, how: str) -> bool:
        walk.uses.append(Use(self._scope_of(scope, node), node, how))
        return True

    def _push(self, walk: _Walk, scope: str, node: ast.AST, depth: int) -> bool:
        walk.work.append((scope, node, depth))
        return True

    def _step(self, walk: _Walk, scope: str, node: ast.AST, parent: ast.AST, depth: int) -> bool:
        """One step outwards from a node; False where the value is lost."""
        match parent:
            case ast.Expr() | ast.If() | ast.While() | ast.Assert() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Assign():
                return all(self._target(walk, scope, target, depth) for target in parent.targets)
            case ast.AnnAssign():
                return self._target(walk, scope, parent.target, depth)
            case ast.NamedExpr():
                return self._target(walk, scope, parent.target, depth) and self._push(walk, scope, parent, depth)
            case ast.IfExp():
                return parent.test is node or self._push(walk, scope, parent, depth)
            case ast.BoolOp():
                return self._push(walk, scope, parent, depth)
            case ast.Compare():
                return all(isinstance(o, ast.Is | ast.IsNot | ast.In | ast.NotIn) for o in parent.ops)
            case ast.List() | ast.Tuple() | ast.Set():
                return self._push(walk, scope, parent, depth + 1)
            case ast.Dict():
                return node in parent.values and self._push(walk, scope, parent, depth + 1)
            case ast.Return():
                walk.given = walk.given or depth > 0
                return self._use(walk, scope, parent, "return")
            case ast.keyword():
                call = self.parents(scope)[parent]
                return parent.arg is not None and self._argument(walk, scope, parent.value, call, depth, parent.arg)
            case ast.Call() if parent.func is not node:
                return self._argument(walk, scope, node, parent, depth, "")
        return self._held(walk, scope, node, parent, depth) if depth else self._plain(walk, scope, node, parent)

    def _plain(self, walk: _Walk, scope: str, node: ast.AST, parent: ast.AST) -> bool:
        """A step of the value itself."""
        match parent:
            case ast.Call():
                return self._use(walk, scope, parent, "call")
            case ast.withitem():
                statement = self.parents(scope)[parent]
                return self._use(walk, scope, statement, "with")
            case ast.For() | ast.comprehension() if parent.iter is node:
                host = parent if isinstance(parent, ast.For) else self.parents(scope)[parent]
                return self._use(walk, scope, host, "iterate")
            case ast.Starred() | ast.YieldFrom():
                return self._use(walk, scope, parent, "iterate")
            case ast.Attribute():
                return parent.attr in _NAMING or self._use(walk, scope, parent, "attribute")
        return False

    def _held(self, walk: _Walk, scope: str, node: ast.AST, parent: ast.AST, depth: int) -> bool:
        """A step of a container that holds the value."""
        match parent:
            case ast.Subscript() if parent.value is node:
                if not isinstance(parent.ctx, ast.Load):
                    walk.changed = True
                    return True
                return self._push(walk, scope, parent, depth - (not isinstance(parent.slice, ast.Slice)))
            case ast.For() if parent.iter is node:
                return self._target(walk, scope, parent.target, depth - 1)
            case ast.comprehension() if parent.iter is node:
                return self._target(walk, scope, parent.target, depth - 1)
            case ast.Starred():
                above = self.parents(scope)[parent]
                return isinstance(above, ast.List | ast.Tuple | ast.Set) and self._push(walk, scope, above, depth)
            case ast.BinOp(op=ast.Add() | ast.BitOr()):
                return self._push(walk, scope, parent, depth)
            case ast.Attribute():
                return self._method(walk, scope, parent, depth)
        return False

    def _method(self, walk: _Walk, scope: str, node: ast.Attribute, depth: int) -> bool:
        """A method of a container that holds the value."""
        call = self.parents(scope).get(node)
        if not (isinstance(call, ast.Call) and call.func is node):
            return False
        walk.changed = walk.changed or node.attr in _FILLING
        if node.attr in _ITEM:
            return self._push(walk, scope, call, depth - 1)
        if node.attr in ("values", "copy"):
            return self._push(walk, scope, call, depth)
        if node.attr == "items":
            return self._second(walk, scope, call, depth)
        return node.attr in _LOOKING or node.attr in _FILLING

    def _second(self, walk: _Walk, scope: str, pairs: ast.AST, depth: int) -> bool:
        """The second parts of pairs that a loop takes apart: `for name, value in table.items()`."""
        loop = self.parents(scope).get(pairs)
        target = loop.target if isinstance(loop, ast.For | ast.comprehension) and loop.iter is pairs else None
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            return self._target(walk, scope, target.elts[1], depth - 1)
        return False

    def _argument(self, walk: _Walk, scope: str, node: ast.AST, call: ast.AST, depth: int, keyword: str) -> bool:
        """A step into a call as one of its arguments."""
        assert isinstance(call, ast.Call)
        func = call.func
        if isinstance(func, ast.Attribute):
            if func.attr in ("append", "appendleft", "add") and isinstance(func.value, ast.Name):
                return self._target(walk, scope, func.value, depth + 1)
            if func.attr in ("enter_context", "push", "callback") and not depth:
                return self._use(walk, scope, call, "enter" if func.attr == "enter_context" else "argument")
            if func.attr in _ITEM and len(call.args) == 2 and call.args[1] is node and not keyword:
                return self._push(walk, scope, call, depth)  # the default of a look-up
        module = self._module_of(scope)
        name = ast.unparse(func) if isinstance(func, ast.Name | ast.Attribute) else ""
        meant = self.program.resolve(module, name) if name else None
        if meant is None or self._bound(scope, name.partition(".")[0]):
            return not depth and self._use(walk, scope, call, "argument")
        if meant.qualified == "functools.partial" and call.args[:1] == [node] and not depth:
            return self._push(walk, scope, call, 0)
        if meant.kind == "function":
            return self._parameter(walk, scope, node, call, meant.qualified, depth, keyword)
        if meant.qualified.removeprefix("builtins.") in _QUIET_BUILTINS:
            return True
        if depth and meant.qualified in _COPYING:
            return self._push(walk, scope, call, depth)
        if depth and meant.qualified == "enumerate":
            return self._second(walk, scope, call, depth)
        if depth:
            return False
        if (meant.qualified in ("map", "filter") and call.args[:1] == [node]) or keyword == "key":
            return meant.qualified in _KEYED and self._use(walk, scope, call, "each")
        return self._use(walk, scope, call, "argument")

    def _parameter(
        self, walk: _Walk, scope: str, node: ast.AST, call: ast.Call, qualified: str, depth: int, keyword: str
    ) -> bool:
        """A step into a function of the project, under the name of the parameter."""
        function = self.trees.node(qualified)
        if function is None or qualified in self.program.duplicated or function.decorator_list:
            return False
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        if keyword:
            known = keyword in {*names, *(a.arg for a in function.args.kwonlyargs)}
            return known and self._name(walk, qualified, keyword, depth)
        if node not in call.args or any(isinstance(a, ast.Starred) for a in call.args):
            return False
        at = call.args.index(node)
        return at < len(names) and self._name(walk, qualified, names[at], depth)

    def _bound(self, scope: str, name: str) -> bool:
        """Whether a name is local to a function or one around it."""
        root = self._root(scope)
        if scope.endswith(".") or root is None:
            return False
        return any(
            (isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store))
            or (isinstance(part, ast.arg) and part.arg == name)
            for part in below(root)
        )

    def _target(self, walk: _Walk, scope: str, target: ast.AST, depth: int) -> bool:
        """The value is bound to a target."""
        match target:
            case ast.Name():
                return self._name(walk, scope, target.id, depth)
            case ast.Tuple() | ast.List() if depth:
                return all(self._target(walk, scope, element, depth - 1) for element in target.elts)
            case ast.Tuple() | ast.List():
                return False
            case ast.Starred():
                return self._target(walk, scope, target.value, depth + 1)
            case ast.Subscript():
                base = target.value
                return isinstance(base, ast.Name) and self._name(walk, scope, base.id, depth + 1)
        return False

    def _name(self, walk: _Walk, scope: str, name: str, depth: int) -> bool:
        """All uses of a name that the value is bound to."""
        key = (scope.partition(".<locals>.")[0], name, depth)
        if key in walk.seen:
            return True
        walk.seen.add(key)
        if scope.endswith("."):
            return self._module_name(walk, scope, name, depth)
        root = self._root(scope)
        for part in below(root) if root is not None else ():
            if isinstance(part, ast.Global | ast.Nonlocal) and name in part.names:
                return False
            if isinstance(part, ast.Name) and part.id == name and not isinstance(part.ctx, ast.Store):
                walk.work.append((scope, part, depth))
            elif depth and isinstance(part, ast.AugAssign) and getattr(part.target, "id", "") == name:
                walk.changed = True
        return True

    def _module_name(self, walk: _Walk, scope: str, name: str, depth: int) -> bool:
        """A name that a module, or a class in it, binds."""
        stores = 0
        try:
            for where, part in self.mentions(scope[:-1], name):
                if not isinstance(part.ctx, ast.Store):
                    walk.work.append((where, part, depth))
                elif isinstance(part, ast.Name):
                    stores += 1
        except LookupError as error:
            walk.escapes = str(error)
            return False
        walk.changed = walk.changed or stores > 1
        return True

    def _global(self, walk: _Walk, module: str, name: str, depth: int) -> None:
        self._name(walk, f"{module}.", name, depth)

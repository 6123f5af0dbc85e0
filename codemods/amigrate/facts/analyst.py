"""The analyses of all functions of a program, made on demand, and what they share: names, classes, results."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from functools import cached_property

from amigrate.discover.project import Role
from amigrate.facts import containers, external
from amigrate.facts.annotations import annotation_type
from amigrate.facts.calls import Arguments
from amigrate.facts.containers import CONTAINERS, opened
from amigrate.facts.effects import Analysis, What
from amigrate.facts.evaluated import touched
from amigrate.facts.flow import Flow, FunctionNode
from amigrate.facts.forms import FORM_ROOTS, form_hooks, form_model, form_queries
from amigrate.facts.handing import holds
from amigrate.facts.lattice import (
    LAZY,
    LIST,
    NONE,
    OPAQUE,
    SELF,
    UNKNOWN,
    Kind,
    Type,
    anonymous,
    instance,
    join,
    list_of,
    members,
)
from amigrate.facts.model_graph import ModelGraph
from amigrate.facts.module import Function, ModuleFacts, Value, read_module
from amigrate.facts.oracle import Oracle
from amigrate.facts.program import Program, Symbol
from amigrate.facts.self_paths import missing_paths

QUERYSET_ROOTS = frozenset({"django.db.models.QuerySet", "django.db.models.query.QuerySet", "django.db.models.Manager"})
# decorators that hand on the function's result as it is
TRANSPARENT = frozenset(
    "staticmethod classmethod property functools.cached_property django.utils.functional.cached_property "
    "contextlib.contextmanager abc.abstractmethod functools.wraps typing.override typing.final functools.lru_cache "
    "functools.cache django.db.transaction.atomic typing.overload".split()
)
PROPERTIES = frozenset(
    {"property", "functools.cached_property", "django.utils.functional.cached_property", "cached_property"}
    | {"abc.abstractproperty", "functools.cached_property"}
)
Read = Callable[[str], bytes]


class Analyst:
    """Analyses functions on demand and remembers the results.

    Args:
        program: the linked program.
        graph: its models.
        read: gives the bytes of a file by its path.
        oracle: a second opinion on types (Pyrefly), or None.
    """

    def __init__(self, program: Program, graph: ModelGraph, read: Read, oracle: Oracle | None = None) -> None:
        self.program = program
        self.graph = graph
        self.read = read
        self.oracle = oracle
        self.analyses: dict[str, Analysis] = {}
        self.arguments: dict[str, dict[str, Type]] = {}
        self.request_parameters: dict[str, frozenset[str]] = {}
        self.converted_parameters: dict[str, set[str]] = {}
        self.entries: frozenset[str] = frozenset()
        self._trees: dict[str, ast.Module | None] = {}
        self._stack: list[str] = []  # the functions whose analysis is under way
        self._users: dict[str, set[str]] = {}  # function -> functions whose analysis used what it returns
        self._nodes: dict[str, dict[str, FunctionNode]] = {}
        self._lines: dict[str, list[bytes]] = {}
        self._full: dict[str, ModuleFacts] = {}
        self.loaded_by_self: dict[str, frozenset[str] | None] = {}
        self.written: dict[str, frozenset[str]] = {}
        self.unloading: dict[str, bool] = {}
        self._treacherous: dict[str, str] = {}
        self._made_with: dict[str, dict[str, Type]] = {}  # function -> argument types its analysis started from
        self._nested: dict[str, tuple[frozenset[str], ...]] = {}
        self._running: set[str] = set()
        self._flows: dict[str, Flow] = {}
        self._globals: dict[tuple[str, str], Type] = {}
        self._self_attributes: dict[tuple[str, str], Type] = {}
        self._property_blocks: dict[str, bool] = {}
        self._assignments: dict[str, dict[str, list[ast.expr | None]]] = {}

    # --- syntax trees

    def full(self, module: str) -> ModuleFacts:
        """The whole facts of a module, also when only light ones were made of it."""
        facts = self.program.modules[module]
        if facts.light and module not in self._full:
            self._full[module] = read_module(self.read(facts.path), facts.path, module, facts.digest)
        return self._full.get(module, facts)

    def tree(self, module: str) -> ast.Module | None:
        """The syntax tree of a module, parsed once."""
        if module not in self._trees:
            facts = self.program.modules.get(module)
            try:
                self._trees[module] = ast.parse(self.read(facts.path)) if facts and not facts.error else None
            except (OSError, SyntaxError, ValueError):
                self._trees[module] = None
        return self._trees[module]

    def node(self, qualified: str) -> FunctionNode | None:
        """The `def` of a function."""
        found = self.program.functions.get(qualified)
        if found is None:
            return None
        module, function = found
        nodes = self._nodes.setdefault(module.module, {})
        if function.qualname not in nodes:
            self._read_function(module, function)
        return nodes.get(function.qualname)

    def _read_function(self, module: ModuleFacts, function: Function) -> None:
        """Parses the lines of the outermost function around, not the whole file again."""
        top = function.qualname.partition(".<locals>.")[0]
        outermost = self.program.functions.get(f"{module.module}.{top}", (module, function))[1]
        nodes = self._nodes[module.module]
        lines = self._lines.get(module.path)
        if lines is None:
            source = self.read(module.path)
            plain = b"coding" not in b"".join(source.splitlines()[:2])  # another encoding: parsed as a whole
            lines = self._lines[module.path] = source.splitlines(keepends=True) if plain else []
        try:
            body = _parse_lines(lines, outermost.first, outermost.last)
        except (SyntaxError, ValueError):
            body = []
        prefix = top.rpartition(".")[0]
        found = _functions(body, f"{prefix}." if prefix else "")
        if function.qualname not in found or f"{module.module}.{top}" in self.program.duplicated:
            tree = self.tree(module.module)
            found = _functions(tree.body if tree else [], "")
        nodes.update({name: node for name, node in found.items() if name not in nodes})

    # --- analyses

    def shared_names(self, qualified: str, node: ast.AST) -> tuple[frozenset[str], ...]:
        """See `shared_names`, `rebound_names` and `captured_names` of `containers`."""
        if qualified not in self._nested:
            self._nested[qualified] = (
                containers.shared_names(node),
                containers.rebound_names(node),
                containers.captured_names(node),
            )
        return self._nested[qualified]

    def analyse(self, qualified: str) -> Analysis:
        """The analysis of a function; an incomplete one while it is being made (recursion)."""
        if (known := self.analyses.get(qualified)) is not None:
            return known
        if qualified.endswith("."):
            return self._analyse_module(qualified.removesuffix("."))
        found = self.program.functions.get(qualified)
        node = self.node(qualified)
        if found is None or node is None:
            empty = Analysis(qualified, found[0].path if found else "", ast.Module([], []))
            self.analyses[qualified] = empty
            return empty
        module, function = found
        analysis = Analysis(qualified, module.path, node)
        self.analyses[qualified] = analysis
        outer = self._outer(qualified)
        owner = f"{module.module}.{function.owner}" if function.owner else ""
        flow = Flow(self, analysis, module.module, owner, outer)
        self._flows[qualified] = flow
        self._stack.append(qualified)
        try:
            flow.run(node.body, self._parameters(qualified, node, owner, module.module))
        finally:
            self._stack.pop()
        analysis.complete = True
        return analysis

    def _analyse_module(self, module: str) -> Analysis:
        tree = self.tree(module) or ast.Module([], [])
        facts = self.program.modules[module]
        analysis = Analysis(f"{module}.", facts.path, tree)
        self.analyses[f"{module}."] = analysis
        flow = Flow(self, analysis, module, "")
        self._stack.append(f"{module}.")
        flow.run(tree.body, {})
        self._stack.pop()
        analysis.complete = True
        return analysis

    def refresh(self) -> bool:
        """Forgets the analyses that were made with other argument types than are known now; whether there were any."""
        stale = [q for q in self.analyses if self.arguments.get(q, {}) != self._made_with.get(q, {})]
        self.forget(stale)
        return bool(stale)

    def forget(self, names: Iterable[str]) -> None:
        """Drops analyses and those that used their results: they are made again with what is known by then."""
        stack = list(names)
        self._self_attributes.clear()
        while stack:
            name = stack.pop()
            self.analyses.pop(name, None)
            self._flows.pop(name, None)
            stack.extend(self._users.pop(name, ()))

    def _outer(self, qualified: str) -> dict[str, Type]:
        head, separator, _ = qualified.rpartition(".<locals>.")
        if not separator:
            return {}
        self._users.setdefault(head, set()).add(qualified)
        # the enclosing function; a method of a local class sees it too
        while head and head not in self.program.functions:
            head = head.rpartition(".")[0]
        if not head:
            return {}
        self.analyse(head)
        flow = self._flows.get(head)
        return {**flow.outer, **{n: anonymous(k) for n, k in flow.bound.items()}} if flow is not None else {}

    def _parameters(self, qualified: str, node: FunctionNode, owner: str, module: str) -> dict[str, Type]:
        given = self.arguments.get(qualified, {})
        self._made_with[qualified] = dict(given)
        requests = self.request_parameters.get(qualified)
        parameters: dict[str, Type] = {}
        everything = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
        for at, argument in enumerate(everything):
            kind = annotation_type(self, module, argument.annotation) if argument.annotation else UNKNOWN
            if kind.kind not in LAZY and any(m.kind in LAZY for m in members(given.get(argument.arg, kind))):
                kind = join(kind, given[argument.arg])  # an annotation `list` of what is called with a queryset
            if at == 0 and owner and not static and "<locals>" not in qualified.rpartition(f"{owner}.")[2]:
                kind = self.self_type(owner, node)
            elif kind.kind is Kind.UNKNOWN and requests is not None:
                kind = Type(Kind.REQUEST) if argument.arg in requests else self._url_parameter(qualified, argument.arg)
                kind = join(kind, given[argument.arg]) if argument.arg in given else kind
            elif kind.kind is Kind.UNKNOWN and argument.arg in given:
                kind = given[argument.arg]
            elif kind.kind is Kind.UNKNOWN and qualified in self.entries:
                kind = self._defaults(qualified).get(argument.arg, UNKNOWN)
            if kind.kind is Kind.UNKNOWN and argument.arg == "request":
                kind = Type(Kind.REQUEST)
            if argument.arg not in given:
                kind = touched(kind)  # callers that are not seen may have evaluated it
            is_self = at == 0 and bool(owner) and kind.kind is Kind.INSTANCE and kind.ref == owner
            parameters[argument.arg] = anonymous(kind).but(origins=SELF if is_self else None)
        if node.args.vararg is not None:
            parameters[node.args.vararg.arg] = LIST
        if node.args.kwarg is not None:
            parameters[node.args.kwarg.arg] = Type(Kind.DICT, item=OPAQUE if requests is not None else UNKNOWN)
        return parameters

    def _url_parameter(self, qualified: str, name: str) -> Type:
        """What a URL pattern gives a view: text or a number, unless a converter or a default of the project's does."""
        if name in self.converted_parameters.get(qualified, ()):
            return UNKNOWN
        return UNKNOWN if self._defaults(qualified).get(name, OPAQUE).kind is Kind.UNKNOWN else OPAQUE

    def self_type(self, owner: str, node: FunctionNode | None = None) -> Type:
        """The type of `self` (or `cls`) in a class."""
        is_class = node is not None and any(
            isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list
        )
        if owner in self.graph.models:
            return Type(Kind.MODEL, owner) if is_class else instance(owner)
        if is_class:
            return Type(Kind.CLASS, owner)
        if self.is_queryset_class(owner):
            model = self.model_of_manager(owner)
            is_manager = any(n.rpartition(".")[2].endswith("Manager") for n in self.program.linearise(owner))
            return Type(Kind.MANAGER if is_manager else Kind.QUERYSET, model, manager=owner)
        return Type(Kind.OBJECT, owner)

    def record_call(self, caller: str, qualified: str, args: Arguments, *, method: bool) -> None:
        """Remembers the argument types of a call, joined over all calls seen but those of tests."""
        found = self.program.functions.get(qualified)
        if found is None or self.program.roles.get(caller) is Role.TEST:
            return
        names = list(found[1].parameters)
        if (method or found[1].owner) and names and names[0] in ("self", "cls"):
            names = names[1:]
        known = self.arguments.setdefault(qualified, {})
        if args.starred:
            known.update(dict.fromkeys(names, UNKNOWN))
            return
        for name, (_, kind) in zip(names, args.positional, strict=False):
            known[name] = join(known.get(name), anonymous(kind))
        for name, (_, kind) in args.keywords.items():
            known[name] = join(known.get(name), anonymous(kind))
        defaults = self._defaults(qualified)
        positional = set(names[: len(args.positional)])
        for name, kind in defaults.items():
            if name not in positional and name not in args.keywords:
                known[name] = join(known.get(name), kind)

    def record_value(self, caller: str, qualified: str) -> None:
        """A function is handed over: whoever calls it may give it anything."""
        found = self.program.functions.get(qualified)
        known = qualified in self.request_parameters or qualified in self.entries
        if found is not None and not known and self.program.roles.get(caller) is not Role.TEST:
            names = [n for n in found[1].parameters if n not in ("self", "cls")]
            self.arguments.setdefault(qualified, {}).update(dict.fromkeys(names, UNKNOWN))

    def _defaults(self, qualified: str) -> dict[str, Type]:
        node = self.node(qualified)
        if node is None:
            return {}
        positional = [*node.args.posonlyargs, *node.args.args]
        pairs = list(zip(reversed(positional), reversed(node.args.defaults), strict=False))
        pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
        return {
            a.arg: (NONE if d.value is None else OPAQUE) if isinstance(d, ast.Constant) else UNKNOWN for a, d in pairs
        }

    def returns(self, qualified: str) -> Type:
        """What a call of a function gives: its annotation, else what the analysis found."""
        found = self.program.functions.get(qualified)
        if found is None or qualified in self.program.duplicated:
            return UNKNOWN
        if self._stack:
            self._users.setdefault(qualified, set()).add(self._stack[-1])
        module, function = found
        for decorator in function.decorators:
            name = decorator_name(decorator)
            resolved = self.program.resolve(module.module, name).qualified if name else ""
            if resolved not in TRANSPARENT and name.rpartition(".")[2] not in ("setter", "getter", "register"):
                return UNKNOWN
        if qualified in self._running:
            return UNKNOWN
        self._running.add(qualified)
        try:
            result = self.analyse(qualified).returns
        finally:
            self._running.discard(qualified)
        if result.kind is Kind.UNKNOWN:
            node = self.node(qualified)
            if node is not None and node.returns is not None:
                return annotation_type(self, module.module, node.returns)
        return result

    # --- names

    def global_name(self, module: str, name: str, base: Type | None = None) -> Type:
        """The type of a name of a module, or of a member of a module or class (`base`)."""
        if base is not None and base.kind is Kind.CLASS:
            return self.class_member(base.ref, name)
        if base is not None:
            return self._symbol(self.program.locate(f"{base.ref}.{name}"))
        key = (module, name)
        if (known := self._globals.get(key)) is None:
            self._globals[key] = UNKNOWN  # a cycle of assignments ends here
            symbol = self.program.resolve(module, name)
            if symbol.kind == "external" and symbol.module == name and name not in self.program.imported(module):
                if name not in _BUILTINS:
                    return UNKNOWN  # bound in a way that is not followed: a global statement, an exec, a star import
                symbol = Symbol("external", f"builtins.{name}", "")
            known = self._globals[key] = self._symbol(symbol)
        return known

    def _symbol(self, symbol: Symbol) -> Type:
        match symbol.kind:
            case "class" if symbol.qualified in self.graph.models:
                return Type(Kind.MODEL, symbol.qualified)
            case "class":
                return Type(Kind.CLASS, symbol.qualified)
            case "function":
                return Type(Kind.FUNCTION, symbol.qualified)
            case "module":
                return Type(Kind.MODULE, symbol.module)
            case "value":
                return self.value_type(symbol.module, self.program.value(symbol.module, symbol.name))
        return self._external(symbol.module)

    def _external(self, name: str) -> Type:
        if name in self.graph.models:
            return Type(Kind.MODEL, name)
        if name.startswith("django.conf.settings."):
            return OPAQUE
        if name == "django.core.cache.cache" or name.startswith("django.core.cache.caches"):
            return Type(Kind.CACHE)
        for root in ("models.User", "models.Group", "models.Permission"):
            if name == f"django.contrib.auth.{root}":
                return Type(Kind.MODEL, name)
        return Type(Kind.MODULE, name)

    def value_type(self, module: str, value: Value) -> Type:
        """The type of a reduced value."""
        if value is None:
            return UNKNOWN
        match value[0]:
            case "const":
                return UNKNOWN if value[1] is None else OPAQUE
            case "dict":
                return Type(Kind.DICT, item=UNKNOWN, key=UNKNOWN)
            case "list":
                item: Type | None = None
                for one in value[1]:
                    item = join(item, self.value_type(module, one))
                return _placeholder(list_of(item or NONE))
            case "ref":
                first, _, rest = value[1].partition(".")
                symbol = self.program.resolve(module, value[1])
                if rest and symbol.kind == "value":
                    base = self.global_name(module, first)
                    if base.kind in (Kind.MODEL, Kind.CLASS):
                        return self.class_member(base.ref, rest) if "." not in rest else UNKNOWN
                    return UNKNOWN
                return self._symbol(symbol)
            case "call" if isinstance(value[1], str):
                return self._call_value(module, value)
        return UNKNOWN

    def _call_value(self, module: str, value: Value) -> Type:
        assert value is not None
        symbol = self.program.resolve(module, value[1])
        name = symbol.qualified
        if symbol.kind == "class":
            if name in self.graph.models:
                return instance(name)
            return Type(Kind.OBJECT, name)
        if symbol.kind == "function":
            return self.returns(name)
        if name == "django.contrib.auth.get_user_model":
            return Type(Kind.MODEL, self.graph.user_model)
        if name in ("list", "set", "dict"):
            return opened(Type(Kind.DICT if name == "dict" else Kind.LIST))
        if name == "functools.partial" and value[2] and value[2][0] and value[2][0][0] == "ref":
            inner = self.program.resolve(module, value[2][0][1])
            return Type(Kind.PARTIAL, inner.qualified) if inner.kind == "function" else UNKNOWN
        if symbol.kind == "external":
            if name in ("threading.local", "asgiref.local.Local"):
                return Type(Kind.OBJECT, name)
            return Type(Kind.OBJECT, name) if self.foreign(name) else UNKNOWN if holds(name) else OPAQUE
        return UNKNOWN

    def class_member(self, qualified: str, name: str) -> Type:
        """A class attribute or method looked up on a class."""
        owner = self.program.find_method(qualified, name)
        if owner is not None:
            return Type(Kind.FUNCTION, f"{owner}.{name}")
        if f"{qualified}.{name}" in self.program.classes:
            return Type(Kind.CLASS, f"{qualified}.{name}")
        found = self.program.class_value(qualified, name)
        if found is not None:
            if found[1] is not None and found[1][0] == "ref" and found[1][1] == name:
                return UNKNOWN
            return self.value_type(found[0].module, found[1])
        externals = self.program.externals(qualified) if qualified in self.program.classes else ()
        enums = any(
            e.startswith(("enum.", "django.db.models.TextChoices", "django.db.models.IntegerChoices"))
            for e in externals
        )
        return OPAQUE if enums else UNKNOWN

    def self_attribute(self, qualified: str, name: str) -> Type:
        """`self.name` when `__init__` alone sets it."""
        key = (qualified, name)
        if (known := self._self_attributes.get(key)) is not None:
            return known
        self._self_attributes[key] = UNKNOWN
        setters: list[str] = []
        for owner in (*self.program.linearise(qualified), *self.program.descendants(qualified)):
            found = self.program.classes.get(owner)
            for method in found[1].methods if found else ():
                function = self.program.functions.get(f"{owner}.{method}")
                if function is not None and name in function[1].stores:
                    setters.append(f"{owner}.{method}")
        if setters and self._stack:
            self._users.setdefault(setters[0], set()).add(self._stack[-1])
        values = self._assigned(setters[0]).get(name, ()) if len(setters) == 1 else ()
        if len(values) == 1 and values[0] is not None and setters[0].endswith(".__init__"):
            method, value = setters[0], values[0]
            self.analyse(method)
            flow = self._flows.get(method)
            if flow is not None:
                env = {**flow.analysis.variables}
                probe = Flow(self, Analysis(method, "", flow.analysis.node), flow.module, flow.owner, flow.outer)
                probe.locals = flow.locals
                self._self_attributes[key] = _placeholder(anonymous(probe.expression(value, env)).but(cached=False))
        return self._self_attributes[key]

    def _assigned(self, method: str) -> dict[str, list[ast.expr | None]]:
        """What a method assigns to attributes of `self`; None for what is no plain assignment."""
        if method not in self._assignments:
            node = self.node(method)
            self._assignments[method] = _self_assignments(node) if node is not None else {}
        return self._assignments[method]

    # --- classes

    def is_project_class(self, name: str) -> bool:
        """Whether a class is of the program."""
        return name in self.program.classes

    def is_user(self, model: str) -> bool:
        """Whether a model is the user model."""
        return model == self.graph.user_model or model == "django.contrib.auth.models.User"

    def is_form(self, name: str) -> bool:
        """Whether a class is one of Django's forms."""
        return any(n in FORM_ROOTS or n.startswith("django.forms.") for n in self.program.linearise(name))

    def is_formset(self, name: str) -> bool:
        """Whether a class is a formset."""
        return any("FormSet" in n for n in self.program.linearise(name))

    def form_model(self, name: str) -> str:
        """The model of a ModelForm, "" for other forms."""
        return form_model(self, name)

    def form_queries(self, name: str) -> bool:
        """Whether validating a form surely or possibly queries by itself."""
        return form_queries(self, name)

    def form_hooks(self, name: str) -> tuple[str, ...]:
        """The project's methods that validation calls."""
        return form_hooks(self, name)

    def is_queryset_class(self, name: str) -> bool:
        """Whether a class is a queryset or manager."""
        line = self.program.linearise(name)
        return any(
            n not in self.program.classes and n.rpartition(".")[2].endswith(("QuerySet", "Manager")) for n in line
        )

    @cached_property
    def _managed(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, model in self.graph.models.items():
            for manager in model.managers.values():
                for part in filter(None, manager.split("|")):
                    for base in self.program.linearise(part):
                        found.setdefault(base, set()).add(name)
        return found

    def model_of_manager(self, name: str) -> str:
        """The one model that uses a queryset or manager class, "" when several do."""
        used = [m for m in self._managed.get(name, ()) if not self.graph.models[m].abstract]
        return used[0] if len(used) == 1 else ""

    def is_property(self, qualified: str) -> bool:
        """Whether a method is a property."""
        found = self.program.functions.get(qualified)
        if found is None:
            return False
        names = [decorator_name(d) for d in found[1].decorators]
        return any(
            self.program.resolve(found[0].module, n).qualified in PROPERTIES or n in PROPERTIES for n in names if n
        )

    def property_of(self, owner: str, name: str) -> str:
        """The qualified property `name` of a class, or ""."""
        found = self.program.find_method(owner, name)
        return f"{found}.{name}" if found and self.is_property(f"{found}.{name}") else ""

    @cached_property
    def _properties(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for qualified, (_, function) in self.program.functions.items():
            if function.owner and function.decorators and self.is_property(qualified):
                found.setdefault(function.qualname.rpartition(".")[2], []).append(qualified)
        return found

    def may_be_property(self, name: str) -> bool:
        """Whether any class of the program has a property of that name that may block."""
        if name not in self._properties:
            return False
        if name not in self._property_blocks:
            self._property_blocks[name] = True  # while it is being found out
            self._property_blocks[name] = any(self.blocks(q) for q in self._properties[name])
        return self._property_blocks[name]

    @cached_property
    def _method_names(self) -> frozenset[str]:
        return frozenset(m for _, c in self.program.classes.values() for m in c.methods)

    def may_be_method(self, name: str) -> bool:
        """Whether any class of the program has a method of that name."""
        return name in self._method_names

    def overrides(self, qualified: str, name: str) -> tuple[str, ...]:
        """The definitions that `name` on an instance of a class may run: the inherited one and those of subclasses."""
        found: list[str] = []
        owner = self.program.find_method(qualified, name)
        if owner is not None:
            found.append(f"{owner}.{name}")
        for child in self.program.descendants(qualified):
            if name in self.program.classes[child][1].methods:
                found.append(f"{child}.{name}")
        return tuple(dict.fromkeys(found))

    def dunders(self, qualified: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """The project's definitions of special methods that an instance of a class may run."""
        if qualified not in self.program.classes:
            return ()
        return tuple(t for name in names for t in self.overrides(qualified, name))

    def treacherous(self, qualified: str) -> str:
        """A special method of a class that may query, and that Python calls without anything to be seen of it."""
        if qualified not in self._treacherous:
            self._treacherous[qualified] = ""  # while it is being found out
            # a row is of the class that was asked for, other objects may be of any class derived from it
            derived = self.program.descendants(qualified) if qualified not in self.graph.models else ()
            for owner in (*self.program.linearise(qualified), *derived):
                found = self.program.classes.get(owner)
                names = [m for m in found[1].methods if m.startswith("__") and m.endswith("__")] if found else []
                blocking = (n for n in names if n not in _FOLLOWED and self.blocks(f"{owner}.{n}"))
                if name := next(blocking, ""):
                    self._treacherous[qualified] = f"{owner}.{name}"
                    break
        return self._treacherous[qualified]

    def setters(self, qualified: str, name: str) -> tuple[str, ...]:
        """Property setters are rare; one that exists is treated like a property."""
        owner = self.program.find_method(qualified, name) if qualified in self.program.classes else None
        return (f"{owner}.{name}",) if owner and self.is_property(f"{owner}.{name}") else ()

    def is_async(self, qualified: str) -> bool:
        """Whether a function is an `async def` already."""
        found = self.program.functions.get(qualified)
        return found is not None and found[1].is_async

    # --- judgements

    def foreign(self, name: str) -> bool:
        """Whether an external name belongs to a package that may touch Django's models."""
        return external.django_aware(name, self.program.project.settings.installed_apps)

    def foreign_base(self, name: str) -> bool:
        """Whether a project class has such a package among its ancestors."""
        return any(self.foreign(e) for e in self.program.externals(name))

    def classify(self, name: str) -> tuple[str, str]:
        """See `external.classify`."""
        settings = self.program.project.settings
        return external.classify(name, settings.installed_apps, settings.message_storage)

    @cached_property
    def _blocking_text(self) -> bool:
        return any(self.blocks(t) for name in self.graph.models for t in self.dunders(name, ("__str__",)))

    def text_may_block(self) -> bool:
        """Whether turning some model's instance into text may query."""
        if "__text__" in self._running:
            return True
        self._running.add("__text__")
        try:
            return self._blocking_text
        finally:
            self._running.discard("__text__")

    def blocks(self, qualified: str) -> bool:
        """Whether running a function may block: it or anything that it calls has a blocking or doubtful effect."""
        seen, stack = set(), [qualified]
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.program.duplicated or (name in self.program.functions and self.is_decorated(name)):
                return True
            for effect in self.analyse(name).effects:
                if effect.what in (What.VALUE, What.MAYBE):
                    continue
                if effect.targets:
                    stack.extend(t for t in effect.targets if not self._loaded_for(t, effect.receiver))
                elif effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref:
                    stack.append(effect.receiver.ref)
                else:
                    return True
        return False

    def _loaded_for(self, target: str, receiver: Type) -> bool:
        """Whether a method only reads relations that are loaded on this instance."""
        return bool(receiver.loaded) and missing_paths(self, target, receiver) == frozenset()

    def is_decorated(self, qualified: str) -> bool:
        """Whether a decorator may do more than hand on the function."""
        module, function = self.program.functions[qualified]
        for decorator in function.decorators:
            name = decorator_name(decorator)
            resolved = self.program.resolve(module.module, name).qualified if name else "?"
            if resolved == "django.db.transaction.atomic":
                return True
            if resolved not in TRANSPARENT and name.rpartition(".")[2] not in ("setter", "getter"):
                return True
        return False

    def ask_oracle(self, flow: Flow, node: ast.expr) -> Type:
        """What the oracle knows of an expression that we do not."""
        if self.oracle is None:
            return UNKNOWN
        from amigrate.facts.second_opinion import oracle_type

        return oracle_type(self, flow.analysis.path, node)

    def contradiction(self, path: str, func: ast.expr, receiver: Type) -> str:
        """Why the receiver of a method call is not what we take it for, by the oracle's evidence; "" if it agrees."""
        if self.oracle is None or not isinstance(func, ast.Attribute):
            return ""
        from amigrate.facts.second_opinion import contradiction

        return contradiction(self, path, func.value, receiver)

    def annotation(self, module: str, node: ast.expr) -> Type:
        """The type that an annotation names."""
        return annotation_type(self, module, node)


_BUILTINS = frozenset(dir(builtins))
# special methods whose use is seen where it happens
_FOLLOWED = frozenset(
    "__init__ __new__ __post_init__ __call__ __str__ __repr__ __iter__ __len__ __getitem__ __bool__ __enter__ __exit__ "
    "__contains__ __aenter__ __aexit__ __aiter__ __anext__ __await__".split()
)


def _placeholder(value: Type) -> Type:
    """What is None or an empty container at first is filled later, by code that is not looked for."""
    if value.kind is Kind.NONE:
        return UNKNOWN
    if value.kind in CONTAINERS and (value.item is None or value.item.kind is Kind.NONE):
        return opened(value)
    return value


def decorator_name(value: Value) -> str:
    """The dotted name of a decorator, called or not."""
    while value is not None and value[0] in ("call", "attr"):
        value = ("ref", value[1]) if isinstance(value[1], str) else value[1]
    return value[1] if value is not None and value[0] == "ref" else ""


def _parse_lines(lines: list[bytes], first: int, last: int) -> list[ast.stmt]:
    """The statements on some lines of a file, with the positions that they have in the file."""
    text = b"".join(lines[first - 1 : last])
    if not text[:1].isspace():
        return ast.parse(b"\n" * (first - 1) + text).body
    indented = ast.parse(b"\n" * (first - 2) + b"if 1:\n" + text).body[0]
    return indented.body if isinstance(indented, ast.If) else []


def _functions(body: list[ast.stmt], start: str) -> dict[str, FunctionNode]:
    found: dict[str, FunctionNode] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        stack: list[ast.AST] = list(reversed(body))
        while stack:
            node = stack.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[prefix + node.name] = node
                visit(node.body, f"{prefix}{node.name}.<locals>.")
            elif isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
                stack.extend(list(ast.iter_child_nodes(node))[::-1])

    visit(body, start)
    return found


def _self_assignments(node: FunctionNode) -> dict[str, list[ast.expr | None]]:
    found: dict[str, list[ast.expr | None]] = {}
    targets: list[ast.expr]
    value: ast.expr | None
    for part in ast.walk(node):
        match part:
            case ast.Assign():
                targets, value = part.targets, part.value
            case ast.AnnAssign() if part.value is not None:
                targets, value = [part.target], part.value
            case ast.AugAssign() | ast.For() | ast.AnnAssign():
                targets, value = [part.target], None
            case _:
                continue
        for target in targets:
            for leaf in (target, *ast.walk(target)):
                if isinstance(leaf, ast.Attribute) and isinstance(leaf.value, ast.Name) and leaf.value.id == "self":
                    found.setdefault(leaf.attr, []).append(value if leaf is target else None)
                    break
    return found

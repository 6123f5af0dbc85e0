"""What names mean in a module, and what the members of classes are."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from amigrate.facts import formsets, paginating
from amigrate.facts.adapters import TO_SYNC
from amigrate.facts.arguments import Arguments
from amigrate.facts.containers import CONTAINERS, opened
from amigrate.facts.effects import Analysis
from amigrate.facts.evaluated import touched
from amigrate.facts.flow import Flow
from amigrate.facts.handing import holds
from amigrate.facts.lattice import (
    LAZY,
    MANAGERS,
    NONE,
    OPAQUE,
    UNKNOWN,
    Kind,
    Type,
    anonymous,
    instance,
    join,
    list_of,
)
from amigrate.facts.module import ModuleFacts
from amigrate.facts.nodes import walk
from amigrate.facts.parameters import record_call
from amigrate.facts.program import Symbol
from amigrate.facts.test_cases import is_test_case
from amigrate.facts.trees import FunctionNode
from amigrate.facts.values import Value

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

_BUILTINS = frozenset(dir(builtins))
_FUNCTIONS = frozenset({Kind.FUNCTION, Kind.CHOICE, Kind.METHOD, Kind.PARTIAL})


_COMPUTED = (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.IfExp, ast.BoolOp, ast.NamedExpr, ast.Await)


class Names:
    """Types of names, looked up once each."""

    def __init__(self, analyst: Analyst) -> None:
        self.analyst = analyst
        self.program = analyst.program
        self._globals: dict[tuple[str, str], Type] = {}
        self._self_attributes: dict[tuple[str, str], Type] = {}
        self._setters: dict[tuple[str, str], list[str]] = {}
        self._assignments: dict[str, dict[str, list[ast.expr | None]]] = {}
        self._under_way: set[tuple[str, str]] = set()  # the class attributes that are being looked up

    def forget(self) -> None:
        """Drops what depends on analyses that are made again."""
        self._self_attributes.clear()

    def forget_nodes(self) -> None:
        """Drops what holds nodes of functions."""
        self._assignments.clear()

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
            case "class" if symbol.qualified in self.analyst.graph.models:
                return Type(Kind.MODEL, symbol.qualified)
            case "class":
                return Type(Kind.CLASS, symbol.qualified)
            case "function":
                return Type(Kind.FUNCTION, symbol.qualified)
            case "module":
                return Type(Kind.MODULE, symbol.module)
            case "value":
                value = self.program.value(symbol.module, symbol.name)
                if self._is_table(symbol.module, symbol.name, value):
                    return Type(Kind.DICT, item=join(OPAQUE, list_of(UNKNOWN)), key=OPAQUE)
                kind = self.value_type(symbol.module, value)
                for other in self.program.other_values(symbol.module, symbol.name):
                    kind = join(kind, self.value_type(symbol.module, other))
                if symbol.name in self.program.modules[symbol.module].rebound:
                    return kind if kind.kind is Kind.OPAQUE else UNKNOWN
                if kind.kind is Kind.UNKNOWN:
                    kind = self._held_query(symbol.module, "", symbol.name)
                return self._settled(symbol.module, symbol.name, kind)
        return self._external(symbol.module)

    def _has_value(self, qualified: str, name: str) -> bool:
        found = self.program.classes.get(qualified)
        return found is not None and any(key == name for key, _ in found[1].values)

    def _replaced(self, qualified: str, name: str) -> bool:
        """Whether a subclass, or a method, sets an attribute of a class to something else."""
        heirs = self.program.descendants(qualified)
        return any(self._has_value(heir, name) for heir in heirs) or any(True for _ in self._setting(qualified, name))

    def _open_to_others(self, name: str, kind: Type) -> Type:
        """The type of an attribute, when code that has the object may assign it something else."""
        if name not in self.program.given or kind.kind is Kind.OPAQUE:
            return kind
        if kind.kind is Kind.INSTANCE:
            return kind.but(loaded=frozenset(), prefetched=frozenset(), nullable=True)
        held = kind.kind in (Kind.LIST, Kind.DICT, Kind.NONE, Kind.UNION) or kind.kind in LAZY
        return UNKNOWN if held else kind

    def _with_others(self, qualified: str, name: str, kind: Type) -> Type:
        """The type of a class attribute, with what subclasses, methods and other code put into its place."""
        kind = self._open_to_others(name, kind)
        heirs = tuple(self.program.descendants(qualified))
        for heir in heirs:
            for key, value in self.program.classes[heir][1].values:
                if key == name:
                    kind = join(kind, self.body_value(heir, name, value))
        for method in self._setting(qualified, name):
            if any(isinstance(value, _COMPUTED) for value in self._assigned(method).get(name, ())):
                return UNKNOWN
        return kind

    def _held_query(self, module: str, owner: str, name: str) -> Type:
        """A queryset or manager that a module, or a class in it, keeps under a name; UNKNOWN for anything else."""
        if not self._may_be_call(module, owner, name):
            return UNKNOWN
        assigned = self.analyst.trees.assigned(module, owner, name)
        if len(assigned) != 1 or assigned[0] is None or not isinstance(assigned[0].value, ast.Call):
            return UNKNOWN
        probe = Flow(self.analyst, Analysis(f"{module}.", "", ast.Module([assigned[0]], [])), module, "")
        kind = probe.expression(assigned[0].value, {})
        return touched(anonymous(kind).but(cached=False)) if kind.kind in LAZY | MANAGERS else UNKNOWN

    def _may_be_call(self, module: str, owner: str, name: str) -> bool:
        """Whether a module, or a class in it, may assign the result of a call to a name, as far as its facts tell."""
        facts = self.program.modules.get(module)
        if facts is None:
            return False
        values = facts.values if not owner else tuple(v for c in facts.classes if c.qualname == owner for v in c.values)
        return any(key == name and (value is None or value[0] == "call") for key, value in values)

    def _is_table(self, module: str, name: str, value: Value) -> bool:
        """Whether a module keeps a dict of literals under a name, and nothing changes it."""
        if value is None or value[0] not in ("dict", "mapping"):
            return False
        assigned = self.analyst.trees.assigned(module, "", name)
        if len(assigned) != 1 or assigned[0] is None or not _is_literal(assigned[0].value):
            return False
        if any("globals" in scope.names for scope in self.program.modules[module].scopes):
            return False
        trail = self.analyst.following.named(module, name, 1)
        return not (trail.escapes or trail.changed or trail.given)

    def _settled(self, module: str, name: str, kind: Type) -> Type:
        """The type of a container of functions that a module or class holds: open where others may be put into it."""
        if kind.kind not in CONTAINERS or kind.item is None or kind.item.kind not in _FUNCTIONS:
            return kind
        trail = self.analyst.following.named(module, name.rpartition(".")[2], 1)
        return opened(kind) if trail.escapes or trail.changed else kind

    def _external(self, name: str) -> Type:
        if name in self.analyst.graph.models:
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
            case "mapping":
                held: Type | None = None
                for one in value[1]:
                    held = join(held, self.value_type(module, one))
                return Type(Kind.DICT, item=held or UNKNOWN, key=UNKNOWN)
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
            if name in self.analyst.graph.models:
                return instance(name)
            return Type(Kind.OBJECT, name)
        if symbol.kind == "function":
            return self.analyst.returns(name)
        if name == "django.contrib.auth.get_user_model":
            return Type(Kind.MODEL, self.analyst.graph.user_model)
        if formsets.factory(name):
            positional = [self.value_type(module, part) for part in value[2]]
            return formsets.made_class(name, positional, {k: self.value_type(module, part) for k, part in value[3]})
        if name == paginating.PAGINATOR:
            return UNKNOWN
        if name in ("list", "set", "dict"):
            return opened(Type(Kind.DICT if name == "dict" else Kind.LIST))
        if name == "functools.partial" and value[2] and value[2][0] and value[2][0][0] == "ref":
            inner = self.program.resolve(module, value[2][0][1])
            bound = tuple(self.value_type(module, one) for one in value[2][1:])
            if inner.kind != "function":
                return UNKNOWN
            if value[3]:
                given = Arguments(
                    [(ast.Constant(None), kind) for kind in bound],
                    {key: (ast.Constant(None), self.value_type(module, one)) for key, one in value[3]},
                )
                record_call(self.analyst, module, inner.qualified, given, method=False)
            return Type(Kind.PARTIAL, inner.qualified, options=bound)
        if name in TO_SYNC:
            held = self.value_type(module, value[2][0]) if value[2] else None
            return Type(Kind.PARTIAL, "async_to_sync", item=held)
        if name == "importlib.import_module":
            return UNKNOWN
        if symbol.kind == "external":
            if name in ("threading.local", "asgiref.local.Local"):
                return Type(Kind.OBJECT, name)
            return Type(Kind.OBJECT, name) if self.analyst.classes.foreign(name) else UNKNOWN if holds(name) else OPAQUE
        return UNKNOWN

    def class_member(self, qualified: str, name: str) -> Type:
        """A class attribute or method looked up on a class."""
        owner = self.program.find_method(qualified, name)
        if owner is not None:
            return Type(Kind.FUNCTION, f"{owner}.{name}")
        if f"{qualified}.{name}" in self.program.classes:
            return Type(Kind.CLASS, f"{qualified}.{name}")
        if (found := self.program.class_value(qualified, name)) is not None:
            if (qualified, name) in self._under_way:
                return UNKNOWN  # `fields = (*Base.fields, "isbn")` in a subclass, which counts for the base, too
            self._under_way.add((qualified, name))
            try:
                return self._class_value(qualified, name, *found)
            finally:
                self._under_way.discard((qualified, name))
        externals = self.program.externals(qualified) if qualified in self.program.classes else ()
        enums = any(
            e.startswith(("enum.", "django.db.models.TextChoices", "django.db.models.IntegerChoices"))
            for e in externals
        )
        return OPAQUE if enums else UNKNOWN

    def _class_value(self, qualified: str, name: str, module: ModuleFacts, value: Value) -> Type:
        """The type of a class attribute that is assigned in a class of this module."""
        if value is not None and value[0] == "ref" and value[1] == name:
            return UNKNOWN
        kind = self.body_value(
            next(o for o in self.program.linearise(qualified) if self._has_value(o, name)), name, value
        )
        if kind.kind is Kind.UNKNOWN and not self._replaced(qualified, name):
            owner = next(o for o in self.program.linearise(qualified) if self._has_value(o, name))
            kind = self._held_query(module.module, owner[len(module.module) + 1 :], name)
        elif kind.kind is not Kind.UNKNOWN and qualified not in self.analyst.graph.models:
            kind = self._with_others(qualified, name, kind)
        return self._settled(module.module, name, kind)

    def body_value(self, qualified: str, name: str, value: Value) -> Type:
        """The type of `name = value` in the body of a class.

        In `commands = {"say": say}` methods are functions, which are called with `self`.
        """
        module = self.program.classes[qualified][0].module
        if value is None or value[0] not in ("mapping", "list"):
            return self.value_type(module, value)
        named = [
            one is not None and one[0] == "ref" and one[1] in self.program.classes[qualified][1].methods
            for one in value[1]
        ]
        if not any(named):
            return self.value_type(module, value)
        held: Type | None = None
        for one, is_method in zip(value[1], named, strict=True):
            plain = is_method and not self.program.functions[f"{qualified}.{one[1]}"][1].decorators
            held = join(held, Type(Kind.FUNCTION, f"{qualified}.{one[1]}") if plain else UNKNOWN)
        kind = Type(Kind.DICT, item=held, key=UNKNOWN) if value[0] == "mapping" else list_of(held or UNKNOWN)
        return self._settled(module, name, kind)

    def self_attribute(self, qualified: str, name: str) -> Type:
        """`self.name` when `__init__` alone sets it."""
        key = (qualified, name)
        if (setters := self._setters.get(key)) is None:
            setters = self._setters[key] = list(self._setting(qualified, name))
        if setters and self.analyst.stack:
            self.analyst.users.setdefault(setters[0], set()).add(self.analyst.stack[-1])
        if (known := self._self_attributes.get(key)) is not None:
            return known
        self._self_attributes[key] = UNKNOWN
        values = self._assigned(setters[0]).get(name, ()) if len(setters) == 1 else ()
        made = setters[0].rpartition(".")[2] if setters else ""
        prepared = made in ("setUp", "setUpTestData") and is_test_case(self.analyst, qualified)
        settled = made == "__init__" or prepared or self._plain(qualified)
        if len(values) == 1 and values[0] is not None and settled:
            method, value = setters[0], values[0]
            complete = self.analyst.analyse(method).complete
            flow = self.analyst.flows.get(method)
            if not complete and not method.endswith(".__init__"):
                del self._self_attributes[key]  # it is being analysed: not known yet
                return UNKNOWN
            if flow is not None:
                env = {**flow.analysis.variables}
                probe = Flow(
                    self.analyst, Analysis(method, "", flow.analysis.node), flow.module, flow.owner, flow.outer
                )
                probe.locals = flow.locals
                kept = anonymous(probe.expression(value, env)).but(cached=False)
                if prepared:  # whatever ran in between may have changed what is loaded
                    kept = kept.but(loaded=frozenset(), prefetched=frozenset())
                default = self.program.class_value(qualified, name)
                if default is not None:  # of the class, where the method does not get to the assignment
                    kept = join(kept, NONE if default[1] == ("const", None) else UNKNOWN)
                self._self_attributes[key] = _placeholder(self._open_to_others(name, kept))
        return self._self_attributes[key]

    def _setting(self, qualified: str, name: str) -> Iterator[str]:
        """The methods that set an attribute of the objects of a class and its subclasses."""
        for owner in (*self.program.linearise(qualified), *self.program.descendants(qualified)):
            found = self.program.classes.get(owner)
            for method in found[1].methods if found else ():
                function = self.program.functions.get(f"{owner}.{method}")
                if function is not None and name in function[1].stores:
                    yield f"{owner}.{method}"

    def _plain(self, qualified: str) -> bool:
        """Whether only the project's own code can set attributes of the objects of a class."""
        every = (qualified, *self.program.descendants(qualified))
        return not any(set(self.program.externals(name)) - {"object", "abc.ABC", "typing.Generic"} for name in every)

    def _assigned(self, method: str) -> dict[str, list[ast.expr | None]]:
        """What a method assigns to attributes of `self`; None for what is no plain assignment."""
        if method not in self._assignments:
            node = self.analyst.trees.node(method)
            self._assignments[method] = _self_assignments(node) if node is not None else {}
        return self._assignments[method]


def _self_assignments(node: FunctionNode) -> dict[str, list[ast.expr | None]]:
    found: dict[str, list[ast.expr | None]] = {}
    targets: list[ast.expr]
    value: ast.expr | None
    for part in walk(node):
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
            for leaf in (target, *walk(target)):
                if (
                    isinstance(leaf, ast.Attribute)
                    and isinstance(leaf.value, ast.Name)
                    and leaf.value.id in ("self", "cls")
                ):
                    found.setdefault(leaf.attr, []).append(value if leaf is target else None)
                    break
    return found


def _is_literal(node: ast.expr | None) -> bool:
    """Whether an expression is a dict of constants and of flat collections of them, and not empty."""
    if not isinstance(node, ast.Dict) or not node.values:
        return False
    flat = [element for value in node.values for element in (getattr(value, "elts", None) or [value])]
    return all(isinstance(one, ast.Constant | ast.List | ast.Tuple) for one in flat)


def _placeholder(value: Type) -> Type:
    """What is None or an empty container at first is filled later, by code that is not looked for."""
    if value.kind is Kind.NONE:
        return UNKNOWN
    if value.kind in CONTAINERS and (value.item is None or value.item.kind is Kind.NONE):
        return opened(value)
    return value

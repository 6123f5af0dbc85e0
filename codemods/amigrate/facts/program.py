"""The linked program: names resolved across modules, class hierarchies, and where a name is mentioned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from amigrate.discover.project import Project, Role
from amigrate.facts.module import Class, Function, ModuleFacts
from amigrate.facts.values import Value

_LIMIT = 20  # re-exports followed before a name is given up on


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a dotted name means. `kind` is "class", "function", "module", "value" or "external"."""

    kind: str
    module: str
    name: str

    @property
    def qualified(self) -> str:
        """`module.name`; for a module or an external name just the dotted name."""
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class Program:
    """All modules of a project. Qualified names are `module.Qualname`."""

    project: Project
    modules: Mapping[str, ModuleFacts]
    roles: Mapping[str, Role]
    _resolved: dict[tuple[str, str], Symbol] = field(default_factory=dict)
    _linear: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _below: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _lines: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def functions(self) -> Mapping[str, tuple[ModuleFacts, Function]]:
        """Every `def`, by qualified name; of several with one name one counts: see `duplicated`."""
        return {f"{m.module}.{f.qualname}": (m, f) for m in self.modules.values() for f in m.functions}

    @cached_property
    def duplicated(self) -> frozenset[str]:
        """Qualified names that are defined more than once (`if …: def f` / `else: def f`, overloads)."""
        seen: set[str] = set()
        twice: set[str] = set()
        for module in self.modules.values():
            for function in module.functions:
                name = f"{module.module}.{function.qualname}"
                (twice if name in seen else seen).add(name)
        return frozenset(twice)

    @cached_property
    def classes(self) -> Mapping[str, tuple[ModuleFacts, Class]]:
        """Every class, by qualified name."""
        return {f"{m.module}.{c.qualname}": (m, c) for m in self.modules.values() for c in m.classes}

    @cached_property
    def _imports(self) -> Mapping[str, Mapping[str, str]]:
        return {name: dict(module.imports) for name, module in self.modules.items()}

    @cached_property
    def _values(self) -> Mapping[str, Mapping[str, Value]]:
        return {name: dict(module.values) for name, module in self.modules.items()}

    @cached_property
    def _others(self) -> Mapping[str, Mapping[str, Sequence[Value]]]:
        found: dict[str, dict[str, list[Value]]] = {}
        for name, module in self.modules.items():
            if len(self._values[name]) < len(module.values):
                counts = Counter(key for key, _ in module.values)
                for key, value in module.values:
                    if counts[key] > 1:
                        found.setdefault(name, {}).setdefault(key, []).append(value)
        return found

    @cached_property
    def _tops(self) -> Mapping[str, Mapping[str, str]]:
        """Per module the names that its top-level `def` and `class` statements bind, with their kind."""
        tops: dict[str, dict[str, str]] = {}
        for name, module in self.modules.items():
            bound = {c.qualname: "class" for c in module.classes if "." not in c.qualname}
            bound.update({f.qualname: "function" for f in module.functions if "." not in f.qualname})
            tops[name] = bound
        return tops

    @cached_property
    def subclasses(self) -> Mapping[str, tuple[str, ...]]:
        """Direct subclasses within the project, by qualified base."""
        found: dict[str, list[str]] = {}
        for name in self.classes:
            for base in self.bases(name):
                found.setdefault(base, []).append(name)
        return {name: tuple(children) for name, children in found.items()}

    @cached_property
    def words(self) -> Mapping[str, tuple[str, ...]]:
        """Identifiers that occur as string constants, with the modules they occur in."""
        found: dict[str, list[str]] = {}
        for module in self.modules.values():
            for word in module.words:
                found.setdefault(word, []).append(module.module)
        return {word: tuple(where) for word, where in found.items()}

    @cached_property
    def dotted_strings(self) -> Mapping[str, str]:
        """Dotted names that occur as string constants, with one module they occur in."""
        return {name: module.module for module in self.modules.values() for name in module.dotted_strings}

    def resolve(self, module: str, name: str) -> Symbol:
        """What the dotted `name` means in `module`, imports and re-exports followed."""
        key = (module, name)
        if (known := self._resolved.get(key)) is None:
            known = self._resolved[key] = self._resolve(module, name, 0)
        return known

    def _resolve(self, module: str, name: str, depth: int) -> Symbol:
        first, _, rest = name.partition(".")
        if depth > _LIMIT or module not in self.modules:
            return Symbol("external", name if module not in self.modules and not module else f"{module}.{name}", "")
        tops = self._tops[module]
        if first in tops:
            return self._member(module, first, tops[first], rest, depth)
        target = self._imports[module].get(first)
        if target is not None:
            return self.locate(f"{target}.{rest}" if rest else target, depth + 1)
        if first in self._values[module]:
            return Symbol("value", module, name)
        for star in self.modules[module].stars:
            if star in self.modules and star != module:
                found = self._resolve(star, name, depth + 1)
                if found.kind != "external":
                    return found
        submodule = f"{module}.{first}"
        if submodule in self.modules:
            return self.locate(f"{module}.{name}", depth + 1)
        for star in self.modules[module].stars:
            if star not in self.modules:
                return Symbol("external", f"{star}.{name}", "")
        return Symbol("external", name, "")

    def _member(self, module: str, first: str, kind: str, rest: str, depth: int) -> Symbol:
        if not rest:
            return Symbol(kind, module, first)
        if kind == "class":
            qualified = f"{module}.{first}"
            head, _, tail = rest.partition(".")
            if f"{qualified}.{head}" in self.classes:
                inner = Symbol("class", module, f"{first}.{head}")
                return inner if not tail else Symbol("value", module, f"{first}.{rest}")
            owner = self.find_method(qualified, head)
            if owner and not tail:
                owner_module = self.classes[owner][0].module
                return Symbol("function", owner_module, f"{owner[len(owner_module) + 1 :]}.{head}")
        return Symbol("value", module, f"{first}.{rest}")

    def locate(self, path: str, depth: int = 0) -> Symbol:
        """What an absolute dotted path means."""
        if path in self.modules and not self._rebound(path):
            return Symbol("module", path, "")
        parts = path.split(".")
        for at in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:at])
            if module in self.modules:
                return self._resolve(module, ".".join(parts[at:]), depth + 1)
        return Symbol("external", path, "")

    def _rebound(self, path: str) -> bool:
        """Whether a package binds the name of its submodule to something else (`from .detail import detail`)."""
        package, _, name = path.rpartition(".")
        if package not in self.modules:
            return False
        target = self._imports[package].get(name)
        return name in self._tops[package] or (target is not None and target != path)

    def bases(self, qualified: str) -> tuple[str, ...]:
        """The bases of a class: qualified names of project classes, dotted names of external ones."""
        module, found = self.classes[qualified]
        names: list[str] = []
        for base in found.bases:
            if base.endswith(")"):
                manager, _, queryset = base[:-1].partition("(")
                names.append(self.resolve(module.module, manager.rpartition(".")[0]).qualified)
                names.append(self.resolve(module.module, queryset).qualified)
                continue
            symbol = self.resolve(module.module, base) if base else Symbol("external", "?", "")
            if symbol.kind == "value":
                symbol = self._class_value(symbol)
            names.append(symbol.qualified)
        return tuple(names)

    def _class_value(self, symbol: Symbol) -> Symbol:
        """The class behind `Base = SomeClass` or `BookManager = Manager.from_queryset(Q)`."""
        value = self._values.get(symbol.module, {}).get(symbol.name)
        if value and value[0] == "ref":
            return self.resolve(symbol.module, value[1])
        if value and value[0] == "call" and isinstance(value[1], str) and value[1].endswith(".from_queryset"):
            return self.resolve(symbol.module, value[1].rpartition(".")[0])
        return symbol

    def imported(self, module: str) -> Mapping[str, str]:
        """The names that a module imports, with their targets."""
        return self._imports.get(module, {})

    def value(self, module: str, name: str) -> Value:
        """The reduced value of a module-level assignment, the last one."""
        return self._values.get(module, {}).get(name)

    def other_values(self, module: str, name: str) -> Sequence[Value]:
        """What the assignments of a module-level name before the last one give it: branches may leave any of them."""
        return self._others.get(module, {}).get(name, ())

    def linearise(self, qualified: str) -> tuple[str, ...]:
        """The class and its ancestors, project classes and external names, nearest first (depth first, no repeats)."""
        if (known := self._linear.get(qualified)) is not None:
            return known
        self._linear[qualified] = (qualified,)  # a cycle ends here
        names = [qualified]
        if qualified in self.classes:
            for base in self.bases(qualified):
                names.extend(n for n in self.linearise(base) if n not in names)
        self._linear[qualified] = tuple(names)
        return self._linear[qualified]

    def line(self, qualified: str) -> frozenset[str]:
        """The project's classes whose methods an instance of a class, or of one below it, may have."""
        if qualified not in self._lines:
            heirs = (qualified, *self.descendants(qualified))
            found = (one for heir in heirs for one in self.linearise(heir))
            self._lines[qualified] = frozenset(one for one in found if one in self.classes)
        return self._lines[qualified]

    def descendants(self, qualified: str) -> tuple[str, ...]:
        """All project classes below a class."""
        if not (stack := list(self.subclasses.get(qualified, ()))):
            return ()
        if (known := self._below.get(qualified)) is not None:
            return known
        seen: dict[str, None] = {}
        while stack:
            name = stack.pop()
            if name not in seen:
                seen[name] = None
                stack.extend(self.subclasses.get(name, ()))
        self._below[qualified] = tuple(seen)
        return self._below[qualified]

    def find_method(self, qualified: str, name: str) -> str | None:
        """The project class that defines `name` for instances of `qualified`."""
        for owner in self.linearise(qualified):
            found = self.classes.get(owner)
            if found and name in found[1].methods:
                return owner
        return None

    def class_value(self, qualified: str, name: str) -> tuple[ModuleFacts, Value] | None:
        """The assignment of a class attribute, looked up along the ancestors."""
        for owner in self.linearise(qualified):
            found = self.classes.get(owner)
            if found:
                for key, value in found[1].values:
                    if key == name:
                        return found[0], value
        return None

    def externals(self, qualified: str) -> tuple[str, ...]:
        """The external ancestors of a class."""
        return tuple(n for n in self.linearise(qualified) if n not in self.classes and n != "object")

    @cached_property
    def given(self) -> frozenset[str]:
        """The attributes that any code assigns to other objects than its own `self`."""
        return frozenset[str]().union(*(module.given for module in self.modules.values()))

    @cached_property
    def _mentions(self) -> Mapping[str, list[str]]:
        """Per name of a function, class or value of the program the scopes that mention it, as a name (also under an
        import alias) or as an attribute."""
        defined = {name.rpartition(".")[2] for name in (*self.functions, *self.classes)}
        defined |= {name for values in self._values.values() for name in values}
        known = defined | self._renamed.keys()
        found: dict[str, list[str]] = {}
        for module in self.modules.values():
            aliases = {local: target.rpartition(".")[2] for local, target in module.imports}
            for scope in module.scopes:
                place = f"{module.module}.{scope.qualname}"
                names = known.intersection(scope.names)
                if scope.attributes is not scope.names:
                    names |= known.intersection(scope.attributes)
                if aliases:
                    names.update([aliases[n] for n in aliases.keys() & scope.names])
                for renamed in self._renamed.keys() & names:
                    names |= self._renamed[renamed]
                for name in names & defined:
                    found.setdefault(name, []).append(place)
        return {name: found.get(name, []) for name in defined}

    @cached_property
    def _renamed(self) -> Mapping[str, frozenset[str]]:
        """The names that imports give to functions of the program, with the functions' own: others may import those."""
        found: dict[str, frozenset[str]] = {}
        for module in self.modules.values():
            for local, target in module.imports:
                if local != target.rpartition(".")[2] and (symbol := self.locate(target)).kind == "function":
                    found[local] = found.get(local, frozenset()) | {symbol.name.rpartition(".")[2]}
        return found

    def mentions(self, name: str) -> list[str]:
        """The qualified names of all scopes that mention `name`; a module's own statements are `module.`."""
        known = self._mentions.get(name)
        return known if known is not None else self._mentioning(name)

    def names_of(self, name: str) -> set[str]:
        """A name of a function, with those that imports give it: others may import those."""
        return {name, *(local for local, names in self._renamed.items() if name in names)}

    def _mentioning(self, name: str) -> list[str]:
        """The scopes that mention a name which may be defined elsewhere."""
        meant = self.names_of(name)
        found: list[str] = []
        for module in self.modules.values():
            named = meant | {local for local, target in module.imports if target.rpartition(".")[2] in meant}
            for scope in module.scopes:
                if any(one in scope.names for one in named) or any(one in scope.attributes for one in meant):
                    found.append(f"{module.module}.{scope.qualname}")
        return found

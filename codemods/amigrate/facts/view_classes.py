"""Class-based views: which classes are plain `View`s, and which of these must be of one colour.

`View.view_is_async` demands that all handlers of a class are async or none (Django: "Asynchronous class-based views").
Handlers are inherited, so classes that share some are a family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from amigrate.facts.program import Program
from amigrate.facts.values import Value

VIEW_ROOTS = frozenset({"django.views.View", "django.views.generic.View", "django.views.generic.base.View"})
# it has methods to call, and no dispatch
ACCESS_MIXIN = "django.contrib.auth.mixins.AccessMixin"
# they have a sync dispatch, which decides whether the handlers run
GUARDING = frozenset(
    f"django.contrib.auth.mixins.{name}"
    for name in ("LoginRequiredMixin", "PermissionRequiredMixin", "UserPassesTestMixin")
)
BENIGN_BASES = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing.NamedTuple", "enum.Enum"})
HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
NOT_ALLOWED = "http_method_not_allowed"
# methods of View itself that neither wait for anything nor give a response
PLAIN_METHODS = frozenset({"__init__", "setup", "_allowed_methods", "__init_subclass__"})


class ViewClasses:
    """Questions about the class-based views of a program, by the qualified names of its classes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._plain: dict[str, bool] = {}
        self._families: dict[str, frozenset[str]] = {}

    def is_view(self, name: str) -> bool:
        """Whether Django's View is an ancestor as such, not only through a generic view."""
        return not VIEW_ROOTS.isdisjoint(self.program.linearise(name))

    def foreign_bases(self, name: str) -> tuple[str, ...]:
        """The ancestors outside the project that are neither View nor harmless."""
        known = VIEW_ROOTS | BENIGN_BASES | GUARDING | {ACCESS_MIXIN}
        return tuple(e for e in self.program.externals(name) if e not in known)

    def plain(self, name: str) -> bool:
        """Whether a class is a View, or part of Views, that have no other ancestors outside the project."""
        if name not in self._plain:
            heirs = (name, *self.program.descendants(name)) if name in self.program.classes else ()
            found = any(self.is_view(heir) for heir in heirs)
            self._plain[name] = found and not any(self.foreign_bases(heir) for heir in heirs)
        return self._plain[name]

    @cached_property
    def methods(self) -> frozenset[str]:
        """The names of handlers: those of HTTP, and what classes of the program add to `http_method_names`."""
        found = set(HTTP_METHODS)
        for _, one in self.program.classes.values():
            for name, value in one.values:
                if name == "http_method_names":
                    found.update(listed(value) or ())
        return frozenset(found)

    @cached_property
    def called(self) -> frozenset[str]:
        """The methods that get the request from Django."""
        return self.methods | {NOT_ALLOWED, "dispatch", "setup"}

    def family(self, name: str) -> frozenset[str]:
        """The classes that share handlers, or a dispatch, with a class, through common bases or heirs."""
        if name not in self._families:
            found, stack = {name}, [name]
            while stack:
                more = [other for other in self._sharing(stack.pop()) if other not in found]
                found.update(more)
                stack.extend(more)
            self._families |= dict.fromkeys(found, frozenset(found))
        return self._families[name]

    def _sharing(self, name: str) -> Iterator[str]:
        for base in self.program.bases(name):
            if base in self.program.classes and self._responds(base):
                yield base
        if self._responds(name):
            yield from self.program.subclasses.get(name, ())

    def _responds(self, name: str) -> bool:
        """Whether a class has a handler or a dispatch, of its own or inherited from one of the project's."""
        wanted = self.methods | {NOT_ALLOWED, "dispatch"}
        owners = (
            self.program.classes[owner][1] for owner in self.program.linearise(name) if owner in self.program.classes
        )
        return any(not wanted.isdisjoint(one.methods) or any(key in wanted for key, _ in one.values) for one in owners)

    def responders(self, name: str) -> tuple[str, ...]:
        """The handlers of a class's family, qualified, and its overrides of `http_method_not_allowed`."""
        wanted = self.methods | {NOT_ALLOWED}
        return tuple(
            f"{owner}.{method}"
            for owner in sorted(self.family(name))
            for method in self.program.classes[owner][1].methods
            if method in wanted
        )

    @cached_property
    def owned(self) -> Mapping[str, tuple[str, ...]]:
        """The names of all functions in the body of each class, those under an `if` too."""
        found: dict[str, list[str]] = {}
        for qualified, (module, function) in self.program.functions.items():
            if function.owner:
                found.setdefault(f"{module.module}.{function.owner}", []).append(qualified.rpartition(".")[2])
        return {name: tuple(methods) for name, methods in found.items()}

    @cached_property
    def _nested(self) -> Mapping[str, frozenset[str]]:
        """The attributes that functions inside of methods assign, by the class of the method."""
        found: dict[str, frozenset[str]] = {}
        for qualified, (_, function) in self.program.functions.items():
            head, inside, _ = qualified.partition(".<locals>.")
            if inside and function.stores:
                owner = head.rpartition(".")[0]
                found[owner] = found.get(owner, frozenset()) | function.stores
        return found

    @cached_property
    def _loose(self) -> frozenset[str]:
        """The classes that set attributes by a name that is not seen: with setattr(), vars() or __dict__."""
        found: set[str] = set()
        for module in self.program.modules.values():
            for scope in module.scopes if not module.light else ():
                if "setattr" in scope.names or "vars" in scope.names or "__dict__" in scope.attributes:
                    head = scope.qualname.partition(".<locals>.")[0]
                    found.add(f"{module.module}.{head.rpartition('.')[0]}")
        return frozenset(found)

    def setters(self, name: str, attribute: str) -> tuple[str, ...] | None:
        """The methods that assign an attribute of instances of a class; None when they cannot be told."""
        line = self.program.line(name)
        if not line.isdisjoint(self._loose) or any(attribute in self._nested.get(one, ()) for one in line):
            return None
        return tuple(
            f"{one}.{method}"
            for one in sorted(line)
            for method in self.program.classes[one][1].methods
            if (found := self.program.functions.get(f"{one}.{method}")) and attribute in found[1].stores
        )

    def definitions(self, name: str, method: str) -> tuple[str, ...]:
        """The project's definitions of a method that may be next to that of a class, for any class that inherits it."""
        found: dict[str, None] = {}
        below = {name, *self.program.descendants(name)}
        for heir in sorted(below):
            for owner in self.program.linearise(heir):
                one = self.program.classes.get(owner)
                if owner not in below and one is not None and method in one[1].methods:
                    found[f"{owner}.{method}"] = None
        return tuple(found)


def listed(value: Value) -> tuple[str, ...] | None:
    """The strings of a list, None when there is anything else in it."""
    if value is None or value[0] != "list":
        return None
    items = [item[1] for item in value[1] if item is not None and item[0] == "const" and isinstance(item[1], str)]
    return tuple(items) if len(items) == len(value[1]) else None

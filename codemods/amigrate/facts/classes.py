"""What the classes of a program are: models, managers, forms, and what of them a library brings."""

from __future__ import annotations

from functools import cached_property

from amigrate.facts import adapters, external
from amigrate.facts.consumer_classes import ConsumerClasses
from amigrate.facts.forms import FORM_ROOTS, form_hooks, form_model, form_queries
from amigrate.facts.model_graph import ModelGraph
from amigrate.facts.program import Program
from amigrate.facts.values import decorator_name
from amigrate.facts.view_classes import ViewClasses

_CACHED_PROPERTIES = frozenset(
    {"functools.cached_property", "django.utils.functional.cached_property", "cached_property"}
)
PROPERTIES = _CACHED_PROPERTIES | {"property", "abc.abstractproperty"}


class Classes:
    """Questions about classes, by qualified name."""

    def __init__(self, program: Program, graph: ModelGraph) -> None:
        self.program = program
        self.graph = graph
        self._foreign: dict[str, bool] = {}
        self._classified: dict[str, tuple[str, str]] = {}
        self._overrides: dict[tuple[str, str], tuple[str, ...]] = {}

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
    def views(self) -> ViewClasses:
        """Questions about class-based views."""
        return ViewClasses(self.program)

    @cached_property
    def consumers(self) -> ConsumerClasses:
        """Questions about the consumers of Channels."""
        return ConsumerClasses(self.program)

    def is_own(self, name: str) -> bool:
        """Whether a class is a view or consumer of which all is known that it has besides the project's code."""
        return self.views.plain(name) or self.consumers.plain(name)

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
        return not PROPERTIES.isdisjoint(self._decorators(qualified))

    def is_cached_property(self, qualified: str) -> bool:
        """Whether a method is a property that runs once for each object."""
        return not _CACHED_PROPERTIES.isdisjoint(self._decorators(qualified))

    def _decorators(self, qualified: str) -> set[str]:
        """The names of a function's decorators, as they are written and as what they are."""
        found = self.program.functions.get(qualified)
        if found is None:
            return set()
        names = {name for d in found[1].decorators if (name := decorator_name(d))}
        return names | {self.program.resolve(found[0].module, name).qualified for name in names}

    def property_of(self, owner: str, name: str) -> str:
        """The qualified property `name` of a class, or ""."""
        found = self.program.find_method(owner, name)
        return f"{found}.{name}" if found and self.is_property(f"{found}.{name}") else ""

    @cached_property
    def properties(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for qualified, (_, function) in self.program.functions.items():
            if function.owner and function.decorators and self.is_property(qualified):
                found.setdefault(function.qualname.rpartition(".")[2], []).append(qualified)
        return found

    @cached_property
    def _method_names(self) -> frozenset[str]:
        return frozenset(m for _, c in self.program.classes.values() for m in c.methods)

    def may_be_method(self, name: str) -> bool:
        """Whether any class of the program has a method of that name."""
        return name in self._method_names

    def overrides(self, qualified: str, name: str) -> tuple[str, ...]:
        """The definitions that `name` on an instance of a class may run: the inherited one and those of subclasses."""
        if (known := self._overrides.get((qualified, name))) is None:
            known = self._overrides[qualified, name] = self._find_overrides(qualified, name)
        return known

    def _find_overrides(self, qualified: str, name: str) -> tuple[str, ...]:
        found: list[str] = []
        owner = self.program.find_method(qualified, name)
        if owner is not None:
            found.append(f"{owner}.{name}")
        for child in self.program.descendants(qualified):
            several = len(self.program.classes[child][1].bases) > 1  # another base of an heir may come first
            for one in self.program.linearise(child) if several else (child,):
                if one in self.program.classes and name in self.program.classes[one][1].methods:
                    found.append(f"{one}.{name}")
        return tuple(dict.fromkeys(found))

    def dunders(self, qualified: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """The project's definitions of special methods that an instance of a class may run."""
        if qualified not in self.program.classes:
            return ()
        return tuple(t for name in names for t in self.overrides(qualified, name))

    def setters(self, qualified: str, name: str) -> tuple[str, ...]:
        """Property setters are rare; one that exists is treated like a property."""
        owner = self.program.find_method(qualified, name) if qualified in self.program.classes else None
        return (f"{owner}.{name}",) if owner and self.is_property(f"{owner}.{name}") else ()

    def metaclass_calls(self, qualified: str) -> tuple[str, ...]:
        """The `__call__` of the project's metaclasses, which runs when the class is instantiated."""
        found: list[str] = []
        for name in self.program.linearise(qualified):
            owner = self.program.classes.get(name)
            if owner is None or not owner[1].metaclass:
                continue
            metaclass = self.program.resolve(owner[0].module, owner[1].metaclass).qualified
            defines = self.program.find_method(metaclass, "__call__") if metaclass in self.program.classes else None
            if defines is not None:
                found.append(f"{defines}.__call__")
        return tuple(found)

    def is_async(self, qualified: str) -> bool:
        """Whether calling a function gives an awaitable already."""
        found = self.program.functions.get(qualified)
        return found is not None and (found[1].is_async or bool(self.adapter_of(qualified)))

    def adapter_of(self, qualified: str) -> str:
        """The decorator by which a sync function runs in a thread: `@sync_to_async`, "" when it has none."""
        module, function = self.program.functions[qualified]
        for decorator in function.decorators:
            if decorator is not None and decorator[0] == "ref":
                resolved = self.program.resolve(module.module, decorator[1]).qualified
                if adapters.is_adapter(resolved):
                    return str(resolved)
        return ""

    def foreign(self, name: str) -> bool:
        """Whether an external name belongs to a package that may touch Django's models."""
        if name not in self._foreign:
            self._foreign[name] = external.django_aware(name, self.program.project.settings.installed_apps)
        return self._foreign[name]

    def foreign_base(self, name: str) -> bool:
        """Whether a project class has such a package among its ancestors."""
        return any(self.foreign(e) for e in self.program.externals(name))

    def classify(self, name: str) -> tuple[str, str]:
        """See `external.classify`."""
        if name not in self._classified:
            settings = self.program.project.settings
            self._classified[name] = external.classify(name, settings.installed_apps, settings.message_storage)
        return self._classified[name]

"""The model graph: fields, relations and their reverse names, managers and querysets of every model of the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amigrate.facts import builtin_models as builtin
from amigrate.facts.managers import managers_of
from amigrate.facts.model_fields import LAZY_KINDS, Field, app_labels, builtin_fields, labels, meta, own_fields
from amigrate.facts.program import Program
from amigrate.facts.reverse_accessors import add_children, add_reverse, add_through, inherited_fields

MODEL_ROOTS = frozenset({"django.db.models.Model", "django.db.models.base.Model", *builtin.USER_BASES})


@dataclass(frozen=True, slots=True)
class Model:
    """One model class. `complete` is False when a base outside the program may bring fields that we cannot see."""

    qualified: str
    abstract: bool
    fields: Mapping[str, Field]
    managers: Mapping[str, str]
    default_manager: str
    complete: bool


@dataclass(frozen=True)
class ModelGraph:
    """All models by qualified name, Django's own among them."""

    models: Mapping[str, Model]
    by_label: Mapping[str, str]
    user_model: str
    lazy_names: frozenset[str] = field(default_factory=frozenset)

    def field(self, model: str, name: str) -> Field | None:
        """The field or reverse accessor `name` of a model."""
        found = self.models.get(model)
        return found.fields.get(name) if found else None


def is_model(program: Program, qualified: str) -> bool:
    """Whether a project class is a Django model (also through a base of a library that looks like one)."""
    for base in program.linearise(qualified):
        if base in MODEL_ROOTS or base in builtin.RELATIONS:
            return True
        if base not in program.classes and ".models." in base and base.rpartition(".")[2].endswith("Model"):
            return True
    return False


def build(program: Program) -> ModelGraph:
    """Reads the models of a program."""
    names = [n for n in program.classes if is_model(program, n)]
    apps = app_labels(program)
    by_label = {label: n for n in names for label in labels(program, n, apps)}
    for model in builtin.RELATIONS:
        by_label.setdefault(f"{model.split('.')[-3]}.{model.rpartition('.')[2]}".lower(), model)
    user = by_label.get(program.project.settings.auth_user_model.lower(), builtin.USER)
    own: dict[str, dict[str, Field]] = {n: dict(own_fields(program, n, by_label, user, apps)) for n in names}
    fields: dict[str, dict[str, Field]] = {}
    for name in names:
        merged: dict[str, Field] = {}
        for base in reversed(program.linearise(name)):
            merged.update(own.get(base, {}))
            for relation in builtin.USER_BASES.get(base, ()):
                kind, target, nullable, _ = builtin.RELATIONS[builtin.USER][relation]
                merged[relation] = Field(relation, kind, target, nullable)
            merged.update(builtin_fields(base))
        fields[name] = merged
    fields.update({n: dict(builtin_fields(n)) for n in builtin.RELATIONS})
    abstract = {n for n in names if meta(program, n, "abstract") == ("const", True)}
    inherited = {n: inherited_fields(program, n, own, abstract) for n in names}
    add_through(program, own, fields, abstract)
    add_reverse(program, fields, abstract, inherited)
    add_children(program, fields, abstract)
    models = {n: _model(program, n, fields[n], n in abstract) for n in fields}
    lazy = frozenset(f.name for m in fields.values() for f in m.values() if f.kind in LAZY_KINDS or f.kind == "generic")
    return ModelGraph(models, by_label, user, lazy)


def _model(program: Program, name: str, fields: dict[str, Field], abstract: bool) -> Model:
    managers = managers_of(program, name) if name in program.classes else {"objects": ""}
    default = next(iter(managers), "objects")
    complete = True
    if name in program.classes:
        known = MODEL_ROOTS | set(builtin.RELATIONS)
        complete = all(e in known or not _may_bring_fields(e) for e in program.externals(name))
    return Model(name, abstract, fields, managers or {"objects": ""}, default, complete)


def _may_bring_fields(external: str) -> bool:
    return external.partition(".")[0] not in {"abc", "typing", "collections", "object", "enum"}

"""What validating a form leaves of its fields, in `cleaned_data`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.forms import form_model, form_queries
from amigrate.facts.lattice import LAZY, OPAQUE, UNKNOWN, Kind, Type, instance, members
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.values import Value

_REWRITING = frozenset({"clean", "__init__", "full_clean", "_clean_fields", "_clean_form", "_post_clean"})
# a model form makes these of the fields of its model
_CHOICES = {"fk": "ModelChoiceField", "o2o": "ModelChoiceField", "m2m": "ModelMultipleChoiceField"}


def cleaned_data(analyst: Analyst, name: str) -> Type:
    """The mapping of a form class of the project; `cleaned_field` knows more of each of its values."""
    return Type(Kind.DICT, name, item=cleaned_value(analyst, name))


def cleaned_field(analyst: Analyst, data: Type, key: ast.expr) -> Type | None:
    """The value under one key of `cleaned_data`, None where only all of them together are known.

    A choice of models gives a row or a queryset that validation has evaluated (Django: ModelMultipleChoiceField.clean),
    the other fields of Django plain values.
    """
    if data.kind is not Kind.DICT or not data.ref or not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
        return None
    if data.item is None or (data.item.kind is Kind.UNKNOWN and not data.item.cached):
        return None  # the form may put anything there
    owners = [o for o in analyst.program.linearise(data.ref) if o in analyst.program.classes]
    methods = {m for o in owners for m in analyst.program.classes[o][1].methods}
    if f"clean_{key.value}" in methods or any(_changes_fields(analyst, f"{o}.__init__") for o in owners):
        return None
    declared = analyst.program.class_value(data.ref, key.value)
    if declared is not None:
        return _declared(analyst, declared[0].module, declared[1])
    found = analyst.graph.field(form_model(analyst.classes, data.ref), key.value)
    if found is None or not (found.kind == "plain" or (found.kind in _CHOICES and found.target)):
        return None
    return OPAQUE if found.kind == "plain" else _chosen(found.target, several=found.kind == "m2m")


def _declared(analyst: Analyst, module: str, value: Value) -> Type | None:
    """The value of a field that the class declares: `author = forms.ModelChoiceField(Author.objects.all())`."""
    if value is None or value[0] != "call" or not isinstance(value[1], str):
        return None
    field = analyst.program.resolve(module, value[1]).qualified
    last = field.rpartition(".")[2]
    if not field.startswith("django.forms.") or not last.endswith("Field"):
        return None
    if last not in _CHOICES.values():
        return OPAQUE if last not in ("Field", "TypedChoiceField", "TypedMultipleChoiceField") else None
    model = _model(analyst, module, dict(value[3]).get("queryset") or (value[2][0] if value[2] else None))
    return _chosen(model, several="Multiple" in last) if model else None


def _chosen(model: str, *, several: bool) -> Type:
    return Type(Kind.QUERYSET, model, cached=True) if several else instance(model, nullable=True, saved=True)


def _model(analyst: Analyst, module: str, queryset: Value) -> str:
    """The model of `Author.objects.filter(…).order_by(…)`, "" when it is not seen."""
    while queryset is not None and queryset[0] in ("call", "attr") and isinstance(queryset[1], tuple):
        queryset = queryset[1]
    text = queryset[1] if queryset is not None and isinstance(queryset[1], str) else ""
    head, manager, _ = text.partition(".objects")
    symbol = analyst.program.resolve(module, head) if manager else None
    return symbol.qualified if symbol is not None and symbol.qualified in analyst.graph.models else ""


def _changes_fields(analyst: Analyst, init: str) -> bool:
    """Whether an `__init__` puts fields of its own into `self.fields`; changing an attribute of one is fine."""
    node = analyst.trees.node(init) if init in analyst.program.functions else None
    for part in walk(node) if node is not None else ():
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store) and _is_fields(part.value):
            return True
        if isinstance(part, ast.Attribute) and part.attr in ("update", "setdefault") and _is_fields(part.value):
            return True
        if isinstance(part, ast.Attribute) and part.attr == "fields" and isinstance(part.ctx, ast.Store):
            return True
    return False


def _is_fields(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("fields", "base_fields")


def cleaned_value(analyst: Analyst, name: str) -> Type:
    """What validation leaves of a field: plain values where all is seen, at least no querysets still to be evaluated.

    A model choice field evaluates its querysets. A `clean_<field>()` may put anything in the place of a value, so it is
    followed; `clean()` and `__init__()` may change more than can be seen.
    """
    classes, known = analyst.classes, analyst.cleaned_values
    if name not in known:
        known[name] = OPAQUE  # while its own methods are followed, which read the values too
        owners = [o for o in classes.program.linearise(name) if o in classes.program.classes]
        methods = [f"{o}.{m}" for o in owners for m in classes.program.classes[o][1].methods]
        hooks = [m for m in methods if m.rpartition(".")[2].startswith("clean_")]
        given = [kind for hook in hooks for kind in members(analyst.returns(hook))]
        rewriting = [m for m in methods if m.rpartition(".")[2] in _REWRITING]
        lazy = any(k.kind in LAZY or (k.kind is Kind.UNKNOWN and not k.cached) for k in given)
        if lazy or any(_stores(analyst.trees.node(m)) for m in rewriting if not m.endswith(".__init__")):
            known[name] = UNKNOWN
        elif rewriting or form_queries(classes, name) or any(k.kind not in (Kind.OPAQUE, Kind.NONE) for k in given):
            known[name] = UNKNOWN.but(cached=True)
    return known[name]


def _stores(node: ast.AST | None) -> bool:
    """Whether a method may put values of its own among the cleaned ones."""
    for part in walk(node) if node is not None else ():
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            return True
        if isinstance(part, ast.Attribute) and part.attr in ("update", "setdefault"):
            return True
        if isinstance(part, ast.Return) and isinstance(part.value, ast.Dict | ast.DictComp):
            return True
    return False

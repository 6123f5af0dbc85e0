"""What validating a form of the project does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.lattice import LAZY, OPAQUE, UNKNOWN, Kind, Type, members
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.classes import Classes

FORM_ROOTS = frozenset(
    "django.forms.Form django.forms.ModelForm django.forms.BaseForm django.forms.BaseModelForm django.forms.forms.Form "
    "django.forms.models.ModelForm django.forms.BaseFormSet django.forms.BaseModelFormSet".split()
)
_MODEL_ROOTS = frozenset({"django.forms.ModelForm", "django.forms.models.ModelForm", "django.forms.BaseModelForm"})
_REWRITING = frozenset({"clean", "__init__", "full_clean", "_clean_fields", "_clean_form", "_post_clean"})
_QUERYING_FIELDS = ("ModelChoiceField", "ModelMultipleChoiceField")


def form_model(classes: Classes, name: str) -> str:
    """The model of a ModelForm's Meta (its own or inherited), "" when it is no ModelForm."""
    line = classes.program.linearise(name)
    if not any(n in _MODEL_ROOTS or n.rpartition(".")[2].endswith("ModelForm") for n in line if n != name):
        external = [n for n in classes.program.externals(name) if n.startswith("django.contrib.auth.forms.")]
        return classes.graph.user_model if external else ""
    for owner in line:
        found = classes.program.classes.get(owner)
        if found is None:
            continue
        value = dict(found[1].meta).get("model")
        if value and value[0] == "ref":
            return classes.program.resolve(found[0].module, value[1]).qualified
        if value and value[0] == "call":
            return classes.graph.user_model
    return "?"


def form_queries(classes: Classes, name: str) -> bool:
    """Whether Django's own part of the validation may query: model forms, model choice fields, unknown fields."""
    if form_model(classes, name) or classes.is_formset(name):
        return True
    if any(not e.startswith("django.forms.") for e in classes.program.externals(name)):
        return True
    for owner in classes.program.linearise(name):
        found = classes.program.classes.get(owner)
        if found is None:
            continue
        for _, value in found[1].values:
            if value and value[0] == "call" and isinstance(value[1], str):
                symbol = classes.program.resolve(found[0].module, value[1])
                last = symbol.qualified.rpartition(".")[2]
                if last in _QUERYING_FIELDS or (
                    last.endswith("Field") and not symbol.qualified.startswith("django.forms.")
                ):
                    return True
        if any(m in ("__init__", "get_form_kwargs") for m in found[1].methods):
            return True  # fields may be put together there
    return False


def form_hooks(classes: Classes, name: str) -> tuple[str, ...]:
    """The methods `clean`, `clean_<field>` and `_post_clean` that the project's form classes define."""
    return tuple(
        f"{owner}.{method}"
        for owner in classes.program.linearise(name)
        if (found := classes.program.classes.get(owner)) is not None
        for method in found[1].methods
        if method in ("clean", "full_clean", "is_valid", "_post_clean", "_clean_form") or method.startswith("clean_")
    )


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

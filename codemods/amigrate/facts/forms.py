"""What validating a form of the project does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amigrate.facts.classes import Classes

FORM_ROOTS = frozenset(
    "django.forms.Form django.forms.ModelForm django.forms.BaseForm django.forms.BaseModelForm django.forms.forms.Form "
    "django.forms.models.ModelForm django.forms.BaseFormSet django.forms.BaseModelFormSet".split()
)
_MODEL_ROOTS = frozenset({"django.forms.ModelForm", "django.forms.models.ModelForm", "django.forms.BaseModelForm"})
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

"""Formsets, and the form and formset classes that Django's factories make.

A formset builds its forms when they are first asked for: a model formset reads its rows then, and its length. Once it
was validated all of that is done.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.lattice import LIST, OPAQUE, UNKNOWN, Kind, Type, instance, list_of

if TYPE_CHECKING:
    from amigrate.facts.classes import Classes
    from amigrate.facts.flow import Env, Flow

_MODEL_FORM = "django.forms.models.ModelForm"
# factory -> the base of the classes it makes
_FACTORIES = {
    "modelform_factory": _MODEL_FORM,
    "formset_factory": "django.forms.formsets.BaseFormSet",
    "modelformset_factory": "django.forms.models.BaseModelFormSet",
    "inlineformset_factory": "django.forms.models.BaseInlineFormSet",
    "generic_inlineformset_factory": "django.forms.models.BaseModelFormSet",
}
_FORMS = frozenset({"forms", "initial_forms", "extra_forms", "deleted_forms", "ordered_forms"})
_VALIDATED = frozenset({"cleaned_data", "errors", "non_form_errors", "total_error_count", "has_changed"})
_COUNTS = frozenset({"total_form_count", "initial_form_count"})
_PLAIN = frozenset(
    {"data", "files", "prefix", "is_bound", "min_num", "max_num", "extra", "can_delete", "can_order", "model", "fields"}
    | {"management_form", "instance", "form", "auto_id", "initial", "form_kwargs", "error_class", "validate_max"}
    | {"get_default_prefix", "add_prefix", "is_multipart", "media"}
)


def factory(name: str) -> str:
    """The base of the classes that a dotted function of Django makes, "" when it is no such factory."""
    last = name.rpartition(".")[2]
    known = name.startswith(("django.forms.", "django.contrib.contenttypes.forms."))
    return _FACTORIES.get(last, "") if known else ""


def made_class(name: str, positional: Sequence[Type], given: Mapping[str, Type]) -> Type:
    """The class that a factory makes of its arguments.

    `item` is the form of a formset, or an instance of the model of a form.
    """
    base = factory(name)
    first = positional[0] if positional else UNKNOWN
    if first.kind is Kind.MODEL:
        child = first
        if base.endswith("InlineFormSet"):
            child = positional[1] if len(positional) > 1 else given.get("model", UNKNOWN)
        row = instance(child.ref) if child.kind is Kind.MODEL else None
        form = _object(given.get("form", UNKNOWN)) or Type(Kind.OBJECT, _MODEL_FORM, item=row)
    else:
        form = _object(first) or UNKNOWN
    if base == _MODEL_FORM:
        return Type(Kind.CLASS, form.ref or base, item=form.item)
    own = given.get("formset", UNKNOWN)
    return Type(Kind.CLASS, own.ref if own.kind is Kind.CLASS else base, item=form)


def _object(given: Type) -> Type | None:
    return Type(Kind.OBJECT, given.ref, item=given.item) if given.kind is Kind.CLASS else None


def queries(classes: Classes, formset: Type) -> bool:
    """Whether building or validating the forms of a formset may query."""
    if any("Model" in n or "Inline" in n for n in classes.program.linearise(formset.ref)):
        return True
    form = formset.item
    return form is None or form.kind is not Kind.OBJECT or classes.form_queries(form.ref)


def call(flow: Flow, node: ast.Call, base: Type, name: str, env: Env) -> Type:
    """A method that Django's formsets bring."""
    classes = flow.analyst.classes
    if name in ("is_valid", "full_clean"):
        if base.cached and name == "is_valid":
            return OPAQUE
        form = base.item.ref if base.item is not None else ""
        hooks = (*classes.form_hooks(base.ref), *classes.form_hooks(form))
        if queries(classes, base):
            flow.emit(What.BRIDGE, node, base, f"`{name}` validates the formset, which may query the database")
        elif hooks:
            flow.emit(What.CONSTRUCT, node, base, targets=hooks)
        variable = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(variable, ast.Name) and variable.id in env:
            env[variable.id] = base.but(cached=True)
        return OPAQUE
    if name in _PLAIN or (base.cached and name in (_VALIDATED | _COUNTS)):
        return OPAQUE
    if name in _COUNTS and not queries(classes, base):
        return OPAQUE
    flow.emit(What.BRIDGE, node, base, f"`{name}` of a formset may query and has no async form")
    row = base.item.item if base.item is not None else None
    return (list_of(row) if row is not None else LIST) if name in ("save", "save_new_objects") else UNKNOWN


def attribute(flow: Flow, node: ast.expr, base: Type, name: str) -> Type:
    """An attribute of a formset."""
    if name in _FORMS or name in _VALIDATED:
        if not base.cached and queries(flow.analyst.classes, base):
            detail = f"`.{name}` builds the forms of the formset, which may query the database"
            flow.emit(What.BRIDGE, node, base, detail, attribute=name)
        return list_of(row(base)) if name in _FORMS else LIST
    if name in ("new_objects", "changed_objects", "deleted_objects"):
        return LIST
    if name == "empty_form":
        if queries(flow.analyst.classes, base):
            flow.emit(What.BRIDGE, node, base, "`.empty_form` builds a form, which may query", attribute=name)
        return row(base)
    return OPAQUE if name in _PLAIN else Type(Kind.METHOD, name, item=base)


def iterated(flow: Flow, host: ast.AST, node: ast.expr, base: Type) -> Type:
    """`for form in formset`, `list(formset)`: its forms are built first."""
    if not base.cached and queries(flow.analyst.classes, base):
        flow.emit(What.BRIDGE, node, base, "the forms of the formset are built, which may query", listed="1")
    return row(base)


def row(base: Type) -> Type:
    """A form of a formset: validated with it."""
    return base.item.but(cached=base.cached) if base.item is not None else UNKNOWN

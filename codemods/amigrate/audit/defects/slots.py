"""Methods that Django, a library or Python calls synchronously: what becomes of an `async def` there.

Each effect was seen in a run (Django 4.2 to 6.1, Django REST framework 3.18): a coroutine is true, is no value, and
does nothing until it is awaited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amigrate.audit.data import Effect

S, E = Effect.SILENT, Effect.ERROR


@dataclass(frozen=True, slots=True)
class Slot:
    """Methods of one kind of class; a name that ends in `_` stands for all that begin so."""

    id: str
    names: frozenset[str]
    effect: Effect
    text: str
    remedy: str = "make it a plain `def`; async callers reach it through sync_to_async"

    def has(self, name: str) -> bool:
        """Whether the method is one of these."""
        return name in self.names or any(n.endswith("_") and name.startswith(n) and name != n for n in self.names)


def _slot(id_: str, names: str, effect: Effect, text: str) -> Slot:
    return Slot(id_, frozenset(names.split()), effect, text)


_PERMITS = "the coroutine is true, so that everyone is let through"
_VALID = "the coroutine is never awaited, so that nothing is validated"
_LOST = "the coroutine is never awaited, so that nothing is saved or deleted"
_UNRUN = "the coroutine is never awaited, so that it does nothing"
_VALUE = "the caller gets a coroutine in place of the value, and raises"

# by the beginning of a base class's dotted name
SLOTS: Mapping[str, Sequence[Slot]] = {
    "django.contrib.auth.mixins.": (_slot("async-permission", "test_func has_permission", S, _PERMITS),),
    "rest_framework.permissions.": (_slot("async-permission", "has_permission has_object_permission", S, _PERMITS),),
    "django.contrib.auth.backends.": (
        _slot("async-permission", "has_perm has_module_perms user_can_authenticate", S, _PERMITS),
        _slot("async-backend", "authenticate get_user get_user_permissions get_group_permissions", E, _VALUE),
    ),
    "django.db.models.": (
        _slot("async-save", "save delete save_base", S, _LOST),
        _slot("async-validation", "clean full_clean clean_fields validate_unique validate_constraints", S, _VALID),
        _slot("async-permission", "has_perm has_perms has_module_perms", S, _PERMITS),
        _slot("async-hook", "get_absolute_url natural_key from_db refresh_from_db", E, _VALUE),
    ),
    "django.forms.": (
        _slot("async-validation", "clean clean_ full_clean _post_clean validate", S, _VALID),
        _slot("async-save", "save save_m2m _save_m2m", S, _LOST),
        _slot("async-hook", "to_python prepare_value has_changed get_context value_from_datadict", E, _VALUE),
    ),
    "django.contrib.admin.": (
        _slot("async-save", "save_model delete_model delete_queryset save_formset save_related save_form", S, _LOST),
        _slot(
            "async-permission",
            "has_add_permission has_change_permission has_delete_permission has_view_permission "
            "has_module_permission has_permission",
            S,
            _PERMITS,
        ),
        _slot("async-hook", "log_addition log_change log_deletion message_user", S, _UNRUN),
        _slot(
            "async-hook",
            "get_queryset get_form get_formsets_with_inlines get_inlines get_inline_instances get_fields get_fieldsets "
            "get_list_display get_list_filter get_readonly_fields get_search_results get_ordering get_urls get_actions "
            "formfield_for_foreignkey formfield_for_manytomany formfield_for_choice_field formfield_for_dbfield "
            "response_add response_change response_delete add_view change_view delete_view changelist_view queryset "
            "lookups choices get_object get_changelist",
            E,
            _VALUE,
        ),
    ),
    "rest_framework.serializers.": (
        _slot("async-validation", "validate validate_ run_validation is_valid", S, _VALID),
        _slot("async-save", "save", S, _LOST),
        _slot("async-hook", "create update to_representation to_internal_value get_", E, _VALUE),
    ),
    "rest_framework.": (  # views, viewsets, generics, mixins
        _slot("async-save", "perform_create perform_update perform_destroy", S, _LOST),
        _slot("async-permission", "check_permissions check_object_permissions check_throttles", S, _PERMITS),
        _slot("async-permission", "allow_request", S, _PERMITS),
        _slot("async-hook", "initial finalize_response", S, _UNRUN),
        _slot(
            "async-hook",
            "get_queryset get_object get_serializer get_serializer_class filter_queryset paginate_queryset "
            "get post put patch delete list create retrieve update partial_update destroy authenticate",
            E,
            _VALUE,
        ),
    ),
    "django.views.generic.": (
        _slot(
            "async-hook",
            "get_queryset get_object get_context_data form_valid form_invalid get_success_url get_form get_form_class "
            "get_form_kwargs get_initial get_template_names get_paginate_by render_to_response get_redirect_url",
            E,
            _VALUE,
        ),
    ),
    "django.utils.deprecation.MiddlewareMixin": (
        _slot(
            "async-hook", "process_request process_response", E, "sync_to_async, which Django wraps it in, refuses it"
        ),
    ),
    "django.core.management.": (_slot("async-hook", "handle handle_label handle_app_config add_arguments", E, _VALUE),),
    "django.apps.": (_slot("async-hook", "ready", S, _UNRUN),),
    "django.contrib.sitemaps.": (_slot("async-hook", "items location lastmod changefreq priority", E, _VALUE),),
    "django.contrib.syndication.": (_slot("async-hook", "items item_ get_object", E, _VALUE),),
    "django.template.Node": (_slot("async-hook", "render", E, _VALUE),),
    "django.contrib.auth.tokens.": (_slot("async-permission", "check_token", S, _PERMITS),),
    "django.contrib.auth.hashers.": (_slot("async-permission", "verify", S, _PERMITS),),
    "django.tasks.": (),
}
VIEW_BASES = frozenset({"django.views.View", "django.views.generic.View", "django.views.generic.base.View"})
# what gives these classes async methods
ASYNC_LIBRARIES = ("adrf.", "ninja", "channels.", "strawberry", "asgiref.", "aiohttp", "starlette.", "fastapi.")

DUNDERS: Mapping[str, tuple[Effect, str]] = {
    **dict.fromkeys(("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"), (S, "each comparison is true")),
    "__contains__": (S, "`in` is always true"),
    "__exit__": (S, "the coroutine is true, so that every exception in the block is swallowed"),
    "__enter__": (S, "`with … as x` gives a coroutine, and nothing is entered"),
    **dict.fromkeys(
        ("__setattr__", "__setitem__", "__delattr__", "__delitem__", "__post_init__", "__set__"), (S, _UNRUN)
    ),
    **dict.fromkeys(("__del__", "__init_subclass__", "__set_name__"), (S, _UNRUN)),
    **dict.fromkeys(
        ("__init__", "__str__", "__repr__", "__len__", "__bool__", "__hash__", "__iter__", "__next__", "__format__"),
        (E, "Python raises TypeError, as it gets a coroutine"),
    ),
    **dict.fromkeys(
        ("__int__", "__float__", "__index__", "__bytes__"), (E, "Python raises TypeError, as it gets a coroutine")
    ),
}
ROUTER = frozenset({"db_for_read", "db_for_write", "allow_relation", "allow_migrate"})

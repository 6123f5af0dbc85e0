"""What Django has of its own, and since when.

`native()` is how every public name of django_ahead steps aside: it hands on Django's own function if there is one and
its parameters are the same. A later Django may use a name for something else, so a name alone is not enough.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Name:
    """`public` in django_ahead is `django` in Django from version `since` on; None while no Django has it.

    `same` is whether Django's takes the same parameters, so that an import of it can take the place of ours. Ours takes
    the object first where Django's is a method.
    """

    public: str
    django: str
    since: tuple[int, int] | None
    same: bool = True


def _names(
    public: str, django: str, since: tuple[int, int] | None, names: str, *, same: bool = True
) -> tuple[Name, ...]:
    return tuple(Name(f"{public}.{name}", f"{django}.{name}", since, same) for name in names.split())


NAMES: tuple[Name, ...] = (
    *_names("django_ahead.shortcuts", "django.shortcuts", None, "arender"),
    *_names(
        "django_ahead.shortcuts", "django.template.loader", None, "arender_to_string aget_template aselect_template"
    ),
    *_names("django_ahead.shortcuts", "django.shortcuts", (5, 0), "aget_object_or_404 aget_list_or_404"),
    *_names(
        "django_ahead.compat.auth",
        "django.contrib.auth",
        (5, 0),
        "aauthenticate alogin alogout aget_user aupdate_session_auth_hash",
    ),
    *_names("django_ahead.compat.auth", "django.contrib.auth.hashers", (5, 0), "acheck_password"),
    *_names("django_ahead.compat.auth", "django.contrib.auth.middleware", (5, 0), "auser", same=False),
    *_names(
        "django_ahead.compat.auth",
        "django.contrib.auth.models.PermissionsMixin",
        (5, 2),
        "ahas_perm ahas_perms ahas_module_perms aget_user_permissions aget_group_permissions aget_all_permissions",
        same=False,
    ),
    *_names("django_ahead.compat.paginator", "django.core.paginator", (6, 0), "AsyncPaginator AsyncPage"),
    *_names("django_ahead.compat.signals", "django.dispatch.Signal", (5, 0), "asend asend_robust", same=False),
    *_names(
        "django_ahead.compat.sessions",
        "django.contrib.sessions.backends.base.SessionBase",
        (5, 1),
        "aget aset apop asetdefault aupdate ahas_key akeys avalues aitems aget_expiry_age aget_expiry_date "
        "aset_expiry aget_expire_at_browser_close aflush acycle_key asave",
        same=False,
    ),
)


def native(module: str, name: str, ours: Function) -> Function:
    """Django's function `name` of `module` if it takes the same parameters as `ours`, else `ours`."""
    try:
        theirs = getattr(import_module(module), name)
    except (ImportError, AttributeError):
        return ours
    return theirs if _parameters(theirs) == _parameters(ours) else ours


def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]] | None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]

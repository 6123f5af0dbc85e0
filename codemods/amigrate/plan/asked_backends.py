"""What async code asks the authentication backends, and which methods of these need an async form for it.

`request.auser()`, `alogout()` and the decorators that ask for the user call `aget_user`, `aauthenticate()` the method
of its name, and `user.ahas_perm()` the ones that answer for permissions (`contrib/auth/models.py`, `backends.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.model import Site
from amigrate.plan.backends import missing_methods
from amigrate.plan.class_decorators import on_class, on_method
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context, Draft
from amigrate.plan.decorators import judge_all
from amigrate.plan.foreign_decorators import ASKING_USER, PERMISSION_REQUIRED

_READ = ("get_all_permissions", "get_user_permissions", "get_group_permissions")
# the async method of a user -> the sync methods of backends whose async forms it comes to
_PERMISSIONS = {
    "ahas_perm": ("has_perm", *_READ),
    "ahas_perms": ("has_perm", *_READ),
    "ahas_module_perms": ("has_module_perms", *_READ),
    "aget_all_permissions": _READ,
    "aget_user_permissions": ("get_user_permissions",),
    "aget_group_permissions": ("get_group_permissions",),
}
_USER = ("get_user",)


def asked_backends(context: Context, coloured: Colouring) -> dict[str, tuple[str, ...]]:
    """Per function that asks the authentication backends, the methods of these that need an async form for it."""
    missing = missing_methods(context)
    drafts = {**coloured.drafts, **coloured.present, **coloured.twins} if missing else {}
    found: dict[str, tuple[str, ...]] = {}
    for name, draft in drafts.items():
        asked = {*_by_code(draft), *_by_decorators(context, name, coloured)}
        if methods := tuple(method for method in missing if method.rpartition(".")[2] in asked):
            found[name] = methods
    return found


def _by_code(draft: Draft) -> Iterator[str]:
    for site in draft.sites:
        yield from _of_site(site)


def _of_site(site: Site) -> tuple[str, ...]:
    if site.codemod == "request-user":
        return () if site.param("op") == "load" else _USER
    if site.codemod not in ("async-auth", "unwrap-sync-to-async"):
        return ()
    if method := site.param("method"):
        return _PERMISSIONS.get(method, ())
    if not site.param("module").startswith("django.contrib.auth"):
        return ()
    return ("authenticate",) if site.param("old") == "authenticate" else _USER


def _by_decorators(context: Context, name: str, coloured: Colouring) -> Iterator[str]:
    """What Django's decorators ask; those of a handler may stand on its class, or around that in a URLconf."""
    asking = set(judge_all(context, name).users)
    family = coloured.families.get(name)
    if family is not None:
        views = context.analyst.classes.views
        line = {one for owner in family.classes for one in (owner, *views.program.line(owner))}
        methods = {f"{one}.{method}" for one in line for method in ("dispatch", name.rpartition(".")[2])}
        known = context.analyst.program.functions
        standing = [d.name for one in line if one in context.analyst.program.classes for d in on_class(context, one)]
        standing += [d.name for method in methods if method in known for d in on_method(context, method)]
        standing += [w for route in context.class_routes if route.view in line for w in route.wrappers]
        asking |= ASKING_USER.intersection(standing)
        if any(not other.startswith("django.") for other in standing):
            asking.add(PERMISSION_REQUIRED)  # the project's own: it may be made of any of them
    if asking:
        yield from _USER
    if PERMISSION_REQUIRED in asking:
        yield from _PERMISSIONS["ahas_perms"]

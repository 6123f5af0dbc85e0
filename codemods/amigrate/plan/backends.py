"""Whether the authentication backends answer in their async forms as they do in the sync ones.

Up to Django 5.1 the async functions of `django.contrib.auth` call the sync methods of the backends in a thread. From
5.2 on they call `aget_user`, `aauthenticate` and `ahas_perm`. A backend without one fails, or is passed over silently,
and those of ModelBackend never call what a backend overrides in the sync form alone (`contrib/auth/backends.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from amigrate.plan.context import Context

_DJANGO = "django.contrib.auth.backends."
_USER = ("get_user",)
_AUTHENTICATE = ("authenticate",)
# ahas_perm reads the others
_PERMISSIONS = "has_perm has_module_perms get_all_permissions get_user_permissions get_group_permissions".split()
PERMISSION_METHODS = frozenset(_PERMISSIONS) | {"has_perms"}
# BaseBackend's async forms of these call the sync ones in a thread
_BRIDGED = frozenset({"authenticate", "get_user", "get_user_permissions", "get_group_permissions"})
# of other libraries: those that derive from ModelBackend, or never log anybody in, and leave these methods alone
_KEEPS_USER = ("allauth.", "axes.", "guardian.", "rules.")
_KEEPS_PERMISSIONS = ("allauth.", "axes.")


def function_obstacle(context: Context, name: str) -> str:
    """Why the async form of a function of `django.contrib.auth` may not do what the sync one does, "" when it does."""
    if name == "django.contrib.auth.authenticate":
        return authenticate_obstacle(context)
    if name == "django.contrib.auth.get_user":
        return user_obstacle(context)
    if name == "django.contrib.auth.update_session_auth_hash" and context.django_version < (6, 1):
        return "before Django 6.1 aupdate_session_auth_hash() itself reads the lazy request.user"
    return ""


def user_obstacle(context: Context) -> str:
    """Why `request.auser()` may not give what `request.user` does, "" when it does."""
    return _obstacle(context, _USER, _KEEPS_USER)


def authenticate_obstacle(context: Context) -> str:
    """Why `aauthenticate()` may not do what `authenticate()` does, "" when it does."""
    return _obstacle(context, _AUTHENTICATE, ())


def permission_obstacle(context: Context) -> str:
    """Why `user.ahas_perm()` may not answer what `user.has_perm()` does, "" when it does."""
    return _obstacle(context, _PERMISSIONS, _KEEPS_PERMISSIONS)


def _obstacle(context: Context, hooks: Sequence[str], known: tuple[str, ...]) -> str:
    if context.django_version < (5, 2):
        return ""
    program = context.analyst.program
    for dotted in program.project.settings.authentication_backends:
        symbol = program.locate(dotted)
        if symbol.kind == "class":
            if reason := _own(context, symbol.qualified, hooks, known):
                return f"the authentication backend {dotted} {reason}"
        elif not dotted.startswith((_DJANGO, *known)):
            return f"the authentication backend {dotted} of another package may have no a{hooks[0]} of its own"
    return ""


def _own(context: Context, qualified: str, hooks: Sequence[str], known: tuple[str, ...]) -> str:
    """What a backend of the project lacks."""
    program = context.analyst.program
    foreign = program.externals(qualified)
    inherited = [e for e in foreign if e.startswith((_DJANGO, *known))]
    native = any(e != f"{_DJANGO}BaseBackend" for e in inherited)
    for hook in hooks:
        sync, asynchronous = (program.find_method(qualified, name) for name in (hook, f"a{hook}"))
        if asynchronous is not None:
            continue
        if sync is not None and (native or (inherited and hook not in _BRIDGED)):
            return f"overrides {hook}, which Django's a{hook} does not call"
        if not inherited and (sync is not None or hook == hooks[0]):
            return f"has no a{hook}"
    return ""

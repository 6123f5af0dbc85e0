"""Whether the authentication backends answer in their async forms as they do in the sync ones.

Up to Django 5.1 the async functions of `django.contrib.auth` call the sync methods of the backends in a thread. From
5.2 on they call `aget_user`, `aauthenticate` and `ahas_perm`. A backend without one fails, or is passed over silently,
and those of ModelBackend never call what a backend overrides in the sync form alone (`contrib/auth/backends.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amigrate.discover.project import Role
from amigrate.facts.values import decorator_name
from amigrate.model import Confidence, Site
from amigrate.plan.context import Context, span
from amigrate.plan.ignores import is_ignored

CODEMOD = "async-backends"

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


def missing_methods(context: Context) -> tuple[str, ...]:
    """The sync methods of the project's backends that need an async form beside them, and can be given one."""
    hooks = ((_USER, _KEEPS_USER), (_AUTHENTICATE, ()), (_PERMISSIONS, _KEEPS_PERMISSIONS))
    found: dict[str, None] = {}
    for dotted in _backends(context):
        symbol = context.analyst.program.locate(dotted)
        if symbol.kind == "class":
            for wanted, known in hooks:
                lacks = _lacks(context, symbol.qualified, wanted, known)
                found.update(dict.fromkeys(lack.method for lack in lacks if lack.can_be_given))
    return tuple(found)


def _backends(context: Context) -> Sequence[str]:
    return context.analyst.program.project.settings.authentication_backends if context.django_version >= (5, 2) else ()


def _obstacle(context: Context, hooks: Sequence[str], known: tuple[str, ...]) -> str:
    for dotted in _backends(context):
        symbol = context.analyst.program.locate(dotted)
        if symbol.kind == "class":
            for lack in _lacks(context, symbol.qualified, hooks, known):
                if not lack.can_be_given:
                    return f"the authentication backend {dotted} {lack.reason}"
        elif not dotted.startswith((_DJANGO, *known)):
            return f"the authentication backend {dotted} of another package may have no a{hooks[0]} of its own"
    return ""


@dataclass(frozen=True, slots=True)
class _Lack:
    """An async method that a backend lacks: its sync one ("" when that is not in the project), and a reason."""

    method: str
    reason: str
    can_be_given: bool


def _lacks(context: Context, qualified: str, hooks: Sequence[str], known: tuple[str, ...]) -> list[_Lack]:
    """What a backend of the project lacks."""
    program = context.analyst.program
    foreign = program.externals(qualified)
    inherited = [e for e in foreign if e.startswith((_DJANGO, *known))]
    native = any(e != f"{_DJANGO}BaseBackend" for e in inherited)
    found: list[_Lack] = []
    for hook in hooks:
        sync, asynchronous = (program.find_method(qualified, name) for name in (hook, f"a{hook}"))
        if asynchronous is not None:
            continue
        method = f"{sync}.{hook}" if sync is not None else ""
        given = bool(method) and _is_plain(context, method)
        if sync is not None and (native or (inherited and hook not in _BRIDGED)):
            found.append(_Lack(method, f"overrides {hook}, which Django's a{hook} does not call", given))
        elif not inherited and (sync is not None or hook == hooks[0]):
            found.append(_Lack(method, f"has no a{hook}", given))
    return found


def _is_plain(context: Context, method: str) -> bool:
    """Whether a method of the project's own code can get an async form that calls it."""
    program = context.analyst.program
    module, function = program.functions[method]
    names = {decorator_name(decorator) for decorator in function.decorators}
    changed = program.roles.get(module.module, Role.CODE) is Role.CODE and method not in program.duplicated
    ignored = is_ignored(context.ignored, module.path, function.line, CODEMOD)
    return changed and not ignored and not function.is_async and not names & {"staticmethod", "classmethod", "property"}


def backend_sites(context: Context, methods: Sequence[str], group_of: Mapping[str, str]) -> Iterator[tuple[str, Site]]:
    """The sites, with their paths, of the backends' methods that get an async form."""
    for method in methods:
        node = context.analyst.trees.node(method)
        assert node is not None
        name = method.rpartition(".")[2]
        why = f"async views ask the backend with a{name}()"
        yield (
            context.analyst.program.functions[method][0].path,
            Site(span(node), "FunctionDef", CODEMOD, (), group_of[method], method, why, Confidence.REVIEW),
        )

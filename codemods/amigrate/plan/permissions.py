"""Whether the backends answer for permissions in the async form as they do in the sync one."""

from __future__ import annotations

from amigrate.plan.context import Context

_HOOKS = ("has_perm", "get_all_permissions", "get_user_permissions", "get_group_permissions")


def permission_pin(context: Context) -> str:
    """Why `user.ahas_perm` may answer otherwise than `user.has_perm`, "" when it cannot.

    From Django 5.2 on it asks each backend for `ahas_perm` and passes over those without it: a permission that only
    they grant would be denied. And the async methods of Django's own backends never call sync overrides.
    """
    if context.django_version < (5, 2):
        return ""
    program = context.analyst.program
    for dotted in program.project.settings.authentication_backends:
        symbol = program.locate(dotted)
        if symbol.kind != "class":
            if not dotted.startswith("django."):
                return f"asks the backend {dotted} for ahas_perm, which it may not have"
            continue
        for hook in _HOOKS:
            sync, asynchronous = (program.find_method(symbol.qualified, n) for n in (hook, f"a{hook}"))
            if sync is not None and asynchronous is None:
                return f"asks the backend {dotted} for a{hook}, which does not call its own {hook}"
    return ""

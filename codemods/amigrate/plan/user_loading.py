"""Who else loads or replaces `request.user` in a request: middleware, templates, helpers in a thread.

`await request.auser()` gives the user of the session, keeps it apart from `request.user`, and queries for it even where
`request.user` was loaded before (`contrib/auth/middleware.py`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from amigrate.discover.project import Role
from amigrate.facts.effects import Analysis, What
from amigrate.plan.context import Context, Draft

_SHOWN = ("user", "perms")  # what the context processor of django.contrib.auth gives templates
_LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
_REPLACING = re.compile(r"auth|otp|impersonat|hijack|loginas|jwt|token|sso|saml|oidc|user", re.IGNORECASE)
# names that look like it, read in their sources: allauth 65.21.1, social-auth-app-django 8.0.0
_KEEPING = ("django.", "allauth.account.middleware.", "social_django.middleware.SocialAuthExceptionMiddleware")


def user_replaced(context: Context, *, in_views: bool = True) -> str:
    """Why `request.auser()` may give another user than `request.user`, "" when it cannot.

    Middleware that puts another user into `request.user` (impersonation, tokens, single sign-on) does not reach
    `auser()`; and without AuthenticationMiddleware there is no `auser()`. What a view itself puts there matters to
    decorators no more: without `in_views` that is not looked at.
    """
    program = context.analyst.program
    middleware = program.project.settings.middleware
    offers = any("auser" in function.stores for _, function in program.functions.values())
    if middleware and "django.contrib.auth.middleware.AuthenticationMiddleware" not in middleware and not offers:
        return "AuthenticationMiddleware is not in MIDDLEWARE"
    for dotted in middleware:
        if _REPLACING.search(dotted) and not dotted.startswith(_KEEPING) and program.locate(dotted).kind == "external":
            return f"the middleware {dotted} may put another user into request.user"
    views = frozenset() if in_views else frozenset(r.view for r in context.routes)
    for qualified, (module, function) in program.functions.items():
        if qualified in views:
            continue
        both = "auser" in function.stores  # `request.auser` is put beside it
        if "request.user" in function.stores and not both and program.roles.get(module.module) is Role.CODE:
            return f"{qualified} assigns request.user"
    return ""


def read_again(draft: Draft, request: str) -> str:
    """What else reads `request.user` of the same request in a thread: a template, or a function that stays sync."""
    if draft.rendering and (template := next(filter(None, map(draft.context.template_names.get, _SHOWN)), "")):
        return f"the template {template}"
    for effect in draft.analysis.effects:
        if effect.node in draft.bridged and isinstance(effect.node, ast.Call):
            given = [*effect.node.args, *(k.value for k in effect.node.keywords)]
            if any(ast.unparse(one) == request for one in given):
                for target in effect.targets:
                    analysis = draft.context.analyst.analyse(target)
                    if any(e.what is What.USER for e in analysis.effects):
                        return target
    return ""


def loaded_by(context: Context) -> str:
    """The middleware that has loaded `request.user` when a view runs, "" when none is known to."""
    program = context.analyst.program
    for dotted in program.project.settings.middleware:
        if dotted == _LOGIN_REQUIRED:
            return dotted.rpartition(".")[2]
        symbol = program.locate(dotted)
        for name in _hooks(context, symbol.kind, symbol.qualified):
            analysis = context.analyst.analyse(name)
            if any(e.what is What.USER and _is_used(analysis, e.node) for e in analysis.effects):
                return dotted
    return ""


def _hooks(context: Context, kind: str, qualified: str) -> Iterator[str]:
    """The functions of a middleware of the project that run for each request."""
    program = context.analyst.program
    if kind == "class":
        for hook in ("__call__", "process_request", "process_view"):
            owner = program.find_method(qualified, hook)
            if owner is not None and f"{owner}.{hook}" in program.functions:
                yield f"{owner}.{hook}"
    elif kind == "function":
        inner = f"{qualified}.<locals>."
        yield from (n for n in program.functions if n.startswith(inner) and "." not in n.removeprefix(inner))


def _is_used(analysis: Analysis, node: ast.AST) -> bool:
    """Whether a read of `request.user` loads it: something of it is asked."""
    return isinstance(analysis.parents.get(node), ast.Attribute)

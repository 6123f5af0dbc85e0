"""`async-auth`: the functions of `django.contrib.auth` and the methods of users.

Sites: the Call `login(…)` with `module`, `name` and `old` (the new and the old function); with op=method the Call
`user.check_password(…)` with `method`, the new attribute name. `parens` with both.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, with_method
from amigrate.transformers.counterparts import awaited_counterpart


class AsyncAuth(SiteCodemod):
    """`login(request, user)` → `await alogin(request, user)`."""

    META = Metadata(
        id="async-auth",
        summary="Await alogin(), alogout(), aauthenticate() and the a-methods of users",
        why=(
            "Logging in and out, authenticating and checking permissions query the database and the session, and "
            "hashing a password blocks the event loop for a long time."
        ),
        fix_safety=(
            "Safe, with one exception: on Django 5.0 to 5.2 request.auser() still returns the old user after alogout()."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/auth/default/#authentication-in-web-requests",),
        when_not="With authentication backends or signal receivers that depend on running in the thread of the view.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await <name>(…)` or `await user.<method>(…)`."""
        if site.param("op") == "method":
            return awaited(with_method(node, site.param("method")), site)
        return awaited_counterpart(node, site, imports)

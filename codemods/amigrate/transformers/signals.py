"""`async-signals`: signals that are sent.

Site: the Call `signal.send(…)`. Params: `method`, the new attribute name; `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, with_method


class AsyncSignals(SiteCodemod):
    """`paid.send(sender=Order)` → `await paid.asend(sender=Order)`."""

    META = Metadata(
        id="async-signals",
        summary="Send signals with asend() and asend_robust()",
        why=(
            "send() runs the receivers on the event loop: one that queries raises SynchronousOnlyOperation, and with "
            "an async receiver send() itself fails there. asend() runs sync receivers in a thread, all in one hop, and "
            "awaits async ones."
        ),
        fix_safety=(
            "Safe: the receivers, their arguments and the answers are the same. Async receivers run after the sync "
            "ones, at the same time as each other, as they do under send()."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/signals/#sending-signals",),
        when_not="Before Django 5.0, which has no asend(): there send() is bridged with sync_to_async.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await signal.<method>(…)`."""
        return awaited(with_method(node, site.param("method")), site)

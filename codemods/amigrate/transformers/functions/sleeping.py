"""`async-sleep`: `time.sleep(…)`.

Site: the Call `time.sleep(x)`. Params: `name`, the file's own name of `asyncio.sleep` (without it, asyncio is
imported); `parens`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.shape import expect


class AsyncSleep(SiteCodemod):
    """`time.sleep(1)` → `await asyncio.sleep(1)`."""

    META = Metadata(
        id="async-sleep",
        summary="Sleep with await asyncio.sleep()",
        why=(
            "time.sleep() stops the event loop, and with it every other request of the process. Django does not detect "
            "this. asyncio.sleep() waits without holding a thread."
        ),
        fix_safety=(
            "Safe: only where the number is surely not negative, for which time.sleep() raises ValueError and "
            "asyncio.sleep() does not. Any other sleep is bridged with sync_to_async."
        ),
        links=("https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep",),
        when_not="In blocks that stay sync as a whole, such as transactions: they sleep in their thread.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await asyncio.sleep(x)`."""
        call = expect(node, cst.Call)
        if isinstance(call.func, cst.Name):
            imports.replaced.add(("time", "sleep"))
        else:
            imports.replaced.add(("time", ""))
        name = site.param("name")
        if not name:
            imports.needed.add(("asyncio", ""))
        function = cst.parse_expression(name or "asyncio.sleep")
        return awaited(call.with_changes(func=function), site)

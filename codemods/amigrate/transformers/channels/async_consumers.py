"""`async-consumers`: sync consumers of Channels become async ones.

Sites by `op`:

- no op: the FunctionDef of a method.
- base: the Name or Attribute of a base class; params as in `renaming`.
- await: the Call of what a consumer inherits, `self.send(…)`; with `parens`.
- sync: such a Call in a block that stays sync; `name` is the file's name of `async_to_sync`, "" to import it.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.channels.renaming import renamed
from amigrate.transformers.shape import expect


class AsyncConsumers(SiteCodemod):
    """`class Chat(WebsocketConsumer)` → `class Chat(AsyncWebsocketConsumer)`, with its methods."""

    META = Metadata(
        id="async-consumers",
        summary="Turn sync consumers of Channels into async ones",
        why=(
            "The methods of a sync consumer run in threads: each message is a thread hop there, and each group_send() "
            "one back. Those of an async consumer run on the event loop, and hop only where they query. Channels calls "
            "them all, so they become async together, with the helpers that send through the consumer."
        ),
        fix_safety=(
            "Review: on the event loop whatever still blocks holds up all sockets, where a thread held up one. What "
            "the analysis knows to block is awaited or runs in a thread; of other packages it may not know."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/async/",),
        when_not=(
            "Consumers that mostly compute or call sync libraries: a thread serves them better. With `--websockets "
            "channels` they stay consumers of Channels, otherwise `channels-consumers` takes them further."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The method, base or call."""
        match site.param("op"):
            case "base":
                return renamed(node, site, imports)
            case "await":
                return awaited(expect(node, cst.Call), site)
            case "sync":
                return _through_adapter(expect(node, cst.Call), site, imports)
        return expect(node, cst.FunctionDef).with_changes(asynchronous=cst.Asynchronous())


def _through_adapter(call: cst.Call, site: Site, imports: Imports) -> cst.Call:
    """`self.send(…)` → `async_to_sync(self.send)(…)`."""
    name = site.param("name")
    if not name:
        imports.needed.add(("asgiref.sync", "async_to_sync"))
    adapter = cst.parse_expression(name or "async_to_sync")
    return call.with_changes(func=cst.Call(func=adapter, args=[cst.Arg(call.func)]))

"""`channels-consumers`: consumers of Channels become those of django_ahead.

Sites: op=name, the Name or Attribute of a base class, an exception or an adapter; params as in `renaming`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.channels.renaming import renamed


class ChannelsConsumers(SiteCodemod):
    """`class Chat(AsyncWebsocketConsumer)` → `class Chat(WebSocketConsumer)`."""

    META = Metadata(
        id="channels-consumers",
        summary="Move consumers of Channels to the websockets of django_ahead",
        why=(
            "django_ahead routes WebSockets in the URLconf and serves them with Django's own ASGI application. Its "
            "consumers have the methods and attributes of Channels', and need about half the CPU time per message: "
            "Channels hops to a thread for each one."
        ),
        fix_safety=(
            "Review: consumers, routes, application, settings and tests change together, or not at all. disconnect() "
            "is also called after an error, up to eight threads run what queries, and a handshake needs an Origin "
            "of an allowed host. Deploy it at once: processes of before and after share no groups. Where the "
            "application of Channels has to stay, consumers change alone: it serves them, with origins and groups as "
            "before."
        ),
        links=("https://docs.djangoproject.com/en/stable/howto/deployment/asgi/",),
        when_not=(
            "Workers of `runworker`, consumer frameworks and other protocols stay on Channels, with a reason. With "
            "`--websockets channels`, or `--no-runtime`, nothing moves."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """The new name."""
        return renamed(node, site, imports)

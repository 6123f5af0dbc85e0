"""`channels-tests`: tests of consumers use the communicator of django_ahead.

Sites: those of `channels-layers`, in tests.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.channels.layers import sync_twin
from amigrate.transformers.channels.renaming import renamed


class ChannelsTests(SiteCodemod):
    """`WebsocketCommunicator(…)` → `WebSocketCommunicator(…)` of django_ahead."""

    META = Metadata(
        id="channels-tests",
        summary="Test consumers with the communicator of django_ahead",
        why=(
            "It has the methods of Channels' communicator, and sends an Origin as browsers do, without which the "
            "application refuses a handshake."
        ),
        fix_safety="Safe: applied with the consumers that the tests are for.",
        links=("https://docs.djangoproject.com/en/stable/topics/testing/tools/",),
        when_not="Tests of HTTP consumers, and those that replace parts of Channels by name.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """The new name or call."""
        return sync_twin(node, site, imports) if site.param("op") == "sync" else renamed(node, site, imports)

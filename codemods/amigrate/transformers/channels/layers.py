"""`channels-layers`: channel layers become those of django_ahead.

Sites by `op`:

- name: the Name or Attribute of `get_channel_layer`; params as in `renaming`.
- import: the ImportFrom in a function; params as in `renaming`.
- sync: the Call `async_to_sync(layer.group_send)(…)`; `method` is the sync twin, `adapter` the import of async_to_sync.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.channels.renaming import renamed, renamed_import
from amigrate.transformers.shape import expect


class ChannelsLayers(SiteCodemod):
    """`async_to_sync(get_channel_layer().group_send)(…)` → `get_layer().group_send_sync(…)`."""

    META = Metadata(
        id="channels-layers",
        summary="Send to groups through the layers of django_ahead",
        why=(
            "Views, signals and tasks have to send where consumers listen. A layer has sync twins of its methods, "
            "which need no event loop: async_to_sync() starts one for each call in a sync worker."
        ),
        fix_safety="Safe with the consumers: the same groups, names and messages; what is sent has to be JSON.",
        links=("https://docs.djangoproject.com/en/stable/topics/async/#async-to-sync",),
        when_not="While something stays on Channels: then layers stay, and consumers of django_ahead use them too.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The new name, import or call."""
        match site.param("op"):
            case "import":
                return renamed_import(node, site)
            case "sync":
                return sync_twin(node, site, imports)
        return renamed(node, site, imports)


def sync_twin(node: cst.CSTNode, site: Site, imports: Imports) -> cst.Call:
    """`async_to_sync(layer.group_send)(…)` → `layer.group_send_sync(…)`."""
    call = expect(node, cst.Call)
    method = expect(expect(call.func, cst.Call).args[0].value, cst.Attribute)
    module, _, name = site.param("adapter").partition(":")
    if module:
        imports.replaced.add((module, name))
    return call.with_changes(func=method.with_changes(attr=cst.Name(site.param("method"))))

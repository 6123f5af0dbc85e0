"""The registry: all of our codemods by id. Those that a team brings along are in `user_codemods.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from amigrate.codemod import Metadata, SiteCodemod
from amigrate.on_demand import OnDemand

# Of two sites on the same node, the codemod that comes first here goes first: what changes an expression before what
# awaits, fetches or bridges it; what puts a statement before another at the very end.
_CLASSES = {
    "orm-relations": "orm.relations:OrmRelations",
    "orm-terminal": "orm.terminals:OrmTerminal",
    "orm-instance": "orm.instances:OrmInstance",
    "orm-shortcuts": "orm.shortcuts:OrmShortcuts",
    "orm-evaluation": "orm.evaluation:OrmEvaluation",
    "orm-iteration": "orm.iteration:OrmIteration",
    "orm-materialise": "orm.materialise:OrmMaterialise",
    "async-cache": "caches:AsyncCache",
    "async-auth": "auth.functions:AsyncAuth",
    "async-backends": "auth.backends:AsyncBackends",
    "async-session": "views.sessions:AsyncSession",
    "async-signals": "signals:AsyncSignals",
    "async-paginator": "paginators:AsyncPaginator",
    "async-sleep": "functions.sleeping:AsyncSleep",
    "async-calls": "functions.calls:AsyncCalls",
    "unwrap-sync-to-async": "functions.unwrapping:UnwrapSyncToAsync",
    "async-twins": "functions.twins:AsyncTwins",
    "async-tests": "tests:AsyncTests",
    "channels-consumers": "channels.consumers:ChannelsConsumers",
    "channels-layers": "channels.layers:ChannelsLayers",
    "channels-routing": "channels.routing:ChannelsRouting",
    "channels-settings": "channels.settings:ChannelsSettings",
    "channels-tests": "channels.tests:ChannelsTests",
    "sync-bridge": "functions.bridges:SyncBridge",
    "sync-block": "functions.blocks:SyncBlock",
    "render-bridge": "views.rendering:RenderBridge",
    "async-render": "views.rendering:AsyncRender",
    "async-decorators": "functions.decorators:AsyncDecorators",
    "async-middleware": "views.middleware:AsyncMiddleware",
    "async-consumers": "channels.async_consumers:AsyncConsumers",
    "async-functions": "functions.definitions:AsyncFunctions",
    "async-views": "functions.definitions:AsyncViews",
    "request-user": "views.request_user:RequestUser",
}


@cache
def codemods() -> Mapping[str, SiteCodemod]:
    """All codemods of amigrate that rewrite sites, by id, in a fixed order. Only those that are used are imported."""
    return OnDemand(tuple(_CLASSES), _made)


def _made(identity: str) -> SiteCodemod:
    module, _, name = _CLASSES[identity].partition(":")
    made = getattr(import_module(f"amigrate.transformers.{module}"), name)()
    assert isinstance(made, SiteCodemod)
    return made


def metadata() -> tuple[Metadata, ...]:
    """What is known of each codemod: those of `codemods` in their order, then those that change files without sites."""
    from amigrate.templates.metadata import AWAITING, UPDATING
    from amigrate.transformers.imports.retarget import META as RETARGETING

    return (*(codemod.META for codemod in codemods().values()), AWAITING, UPDATING, RETARGETING)

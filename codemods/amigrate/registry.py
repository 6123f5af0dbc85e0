"""The registry: all of our codemods by id. Those that a team brings along are in `user_codemods.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from amigrate.codemod import Metadata, SiteCodemod
from amigrate.templates.metadata import AWAITING, UPDATING
from amigrate.transformers.auth.backends import AsyncBackends
from amigrate.transformers.auth.functions import AsyncAuth
from amigrate.transformers.caches import AsyncCache
from amigrate.transformers.channels.async_consumers import AsyncConsumers
from amigrate.transformers.channels.consumers import ChannelsConsumers
from amigrate.transformers.channels.layers import ChannelsLayers
from amigrate.transformers.channels.routing import ChannelsRouting
from amigrate.transformers.channels.settings import ChannelsSettings
from amigrate.transformers.channels.tests import ChannelsTests
from amigrate.transformers.functions.blocks import SyncBlock
from amigrate.transformers.functions.bridges import SyncBridge
from amigrate.transformers.functions.calls import AsyncCalls
from amigrate.transformers.functions.decorators import AsyncDecorators
from amigrate.transformers.functions.definitions import AsyncFunctions, AsyncViews
from amigrate.transformers.functions.sleeping import AsyncSleep
from amigrate.transformers.functions.twins import AsyncTwins
from amigrate.transformers.functions.unwrapping import UnwrapSyncToAsync
from amigrate.transformers.imports.retarget import META as RETARGETING
from amigrate.transformers.orm.evaluation import OrmEvaluation
from amigrate.transformers.orm.instances import OrmInstance
from amigrate.transformers.orm.iteration import OrmIteration
from amigrate.transformers.orm.materialise import OrmMaterialise
from amigrate.transformers.orm.relations import OrmRelations
from amigrate.transformers.orm.shortcuts import OrmShortcuts
from amigrate.transformers.orm.terminals import OrmTerminal
from amigrate.transformers.paginators import AsyncPaginator
from amigrate.transformers.signals import AsyncSignals
from amigrate.transformers.tests import AsyncTests
from amigrate.transformers.views.middleware import AsyncMiddleware
from amigrate.transformers.views.rendering import AsyncRender, RenderBridge
from amigrate.transformers.views.request_user import RequestUser
from amigrate.transformers.views.sessions import AsyncSession

# Of two sites on the same node, the codemod that comes first here goes first: what changes an expression before what
# awaits, fetches or bridges it; what puts a statement before another at the very end.
_CLASSES: tuple[type[SiteCodemod], ...] = (
    OrmRelations,
    OrmTerminal,
    OrmInstance,
    OrmShortcuts,
    OrmEvaluation,
    OrmIteration,
    OrmMaterialise,
    AsyncCache,
    AsyncAuth,
    AsyncBackends,
    AsyncSession,
    AsyncSignals,
    AsyncPaginator,
    AsyncSleep,
    AsyncCalls,
    UnwrapSyncToAsync,
    AsyncTwins,
    AsyncTests,
    ChannelsConsumers,
    ChannelsLayers,
    ChannelsRouting,
    ChannelsSettings,
    ChannelsTests,
    SyncBridge,
    SyncBlock,
    RenderBridge,
    AsyncRender,
    AsyncDecorators,
    AsyncMiddleware,
    AsyncConsumers,
    AsyncFunctions,
    AsyncViews,
    RequestUser,
)


# They change files that have no sites: they are known here by what they are alone.
_OTHERS: tuple[Metadata, ...] = (AWAITING, UPDATING, RETARGETING)


@cache
def codemods() -> Mapping[str, SiteCodemod]:
    """All codemods of amigrate that rewrite sites, by id, in a fixed order."""
    return MappingProxyType({codemod.META.id: codemod() for codemod in _CLASSES})


def metadata() -> tuple[Metadata, ...]:
    """What is known of each codemod: those of `codemods` in their order, then those of files without sites."""
    return (*(codemod.META for codemod in _CLASSES), *_OTHERS)

"""Other packages of a project that need Channels: its layers, which they send to, stay then."""

from __future__ import annotations

from amigrate.discover.project import Role
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.routes import Listed, Routes
from amigrate.plan.channels.uses import PACKAGE

# its own layers, which go with it
_LAYERS = "channels_redis"
# whose name does not say it
_OTHERS = frozenset({"django_plotly_dash"})


def on_channels(migration: Migration, table: Routes) -> str:
    """The first package that does, "" where none is known."""
    program = migration.context.analyst.program
    names = {app.partition(".")[0]: None for app in program.project.settings.installed_apps}
    names |= {part.module.partition(".")[0]: None for part in table.parts if isinstance(part, Listed) and part.public}
    for module in program.modules:
        if program.roles.get(module, Role.CODE) is Role.CODE:
            names |= {target.partition(".")[0]: None for target in program.imported(module).values()}
    own = {module.partition(".")[0] for module in program.modules}
    return next((name for name in sorted(names) if _needs_channels(name) and name not in own), "")


def _needs_channels(package: str) -> bool:
    return package in _OTHERS or (PACKAGE in package and package not in (PACKAGE, _LAYERS))

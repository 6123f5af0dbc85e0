"""The whole move from Channels to django_ahead: decided at once, since consumers, routes and settings need each other.

What cannot move stays on Channels beside it: a consumer is then served as the ASGI application that it is, and the
layers of both are those of Channels. Where the application or the URLconf cannot be read, only consumers move.
"""

from __future__ import annotations

import ast

from amigrate.discover.project import Role
from amigrate.plan.channels import adapters, asgi, consumers, layers, middleware, packages, routes, routing, settings
from amigrate.plan.channels import application as applications
from amigrate.plan.channels.beside import move_beside
from amigrate.plan.channels.inner_imports import move_inner_imports
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.moved import Native
from amigrate.plan.channels.names import CONSUMERS, LAYERS, NAMES, ROUTING, SETTINGS, TESTS, Part, left
from amigrate.plan.channels.tests import move_tests
from amigrate.plan.channels.uses import uses_of_channels
from amigrate.plan.channels.values import assignments, literal, path_of
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context

CODEMODS = frozenset({CONSUMERS, LAYERS, ROUTING, SETTINGS, TESTS})
Problem = tuple[str, int, str]
# what gives a socket its user, where Channels had AuthMiddlewareStack
_USER = frozenset(
    {
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
    }
)


def native(context: Context, coloured: Colouring) -> Native:
    """The plan; without sites where nothing can move."""
    uses = uses_of_channels(context)
    if not uses.found:
        return Native()
    migration = Migration(context, uses)
    consumers.choose_consumers(migration, coloured)
    consumers.refuse_frameworks(migration)
    if not migration.moved and not applications.routers(migration):
        return Native(refusals=tuple(migration.refusals))
    known = tuple(migration.refusals)
    if (problem := _move(migration, coloured)) is not None:
        migration = Migration(context, uses, refusals=list(known), moved=migration.moved)
        move_beside(migration, coloured, problem)
        if not migration.sites:
            return Native(refusals=tuple(migration.refusals))
    members = {
        member
        for family in coloured.families.values()
        if family.consumer and not family.classes.isdisjoint(migration.moved)
        for member in family.members
    }
    members |= {name for names in adapters.unwrapped(migration, coloured).values() for name in names}
    return Native(tuple(migration.sites), tuple(migration.refusals), frozenset(members), frozenset(migration.moved))


def _move(migration: Migration, coloured: Colouring) -> Problem | None:
    found = applications.application_of(migration)
    if not isinstance(found, applications.Application):
        return found
    if found.problem is not None or found.routes is None:
        path = migration.context.analyst.program.modules[found.module].path
        return found.problem or (path, found.router.lineno, "the application has no routes for WebSockets")
    if problem := asgi.application_problem(migration, found) or routing.urlconf_problem(migration):
        return problem
    root = migration.context.analyst.program.project.settings.root_urlconf
    table = routes.routes_of(migration, *found.routes, found.module if found.module != root else "")
    if problem := table.problem or routes.astray(migration, table):
        return problem
    known = set(migration.context.analyst.program.project.settings.middleware)
    if found.user and known and (missing := sorted(_USER - known)):
        path = migration.context.analyst.program.modules[found.module].path
        reason = f"the user of a socket comes from MIDDLEWARE, which has no {missing[0].rpartition('.')[2]}"
        return path, found.router.lineno, reason
    if problem := middleware.move_middleware(migration, found):
        return problem
    if problem := routing.move_routes(migration, found, table):
        return problem
    asgi.move_application(migration, found)
    asgi.drop_parts(migration, found)
    asgi.move_getters(migration, found)
    if migration.moved:
        consumers.move_consumers(migration, adapters.unwrapped(migration, coloured))
    move_tests(migration, found)
    return _move_rest(migration, coloured, found, table)


def _move_rest(
    migration: Migration, coloured: Colouring, found: applications.Application, table: routes.Routes
) -> Problem | None:
    """Layers and settings, which depend on whether anything of Channels is left."""
    if not found.validated or (found.origins is None and _any_host(migration)):
        migration.extra['"REQUIRE_ORIGIN"'] = "False"
    if found.origins is not None:
        module, origins = found.origins
        texts = literal(migration.context, module, origins)
        if texts is None:
            path = migration.context.analyst.program.modules[module].path
            return path, origins.lineno, "the origins of OriginValidator are computed"
        migration.extra['"ORIGINS"'] = texts
        if '"*"' in texts:
            migration.extra['"REQUIRE_ORIGIN"'] = "False"
    given, others = settings.places(migration)
    problems = [*others, *filter(None, map(settings.layers_problem, given))]
    if (problem := layers.layer_problem(migration)) is not None:
        problems.append(problem)
    if package := packages.on_channels(migration, table):
        path = path_of(migration.context, migration.context.analyst.program.project.settings.module)
        problems.append(
            (
                given[0].path if given else path,
                given[0].node.lineno if given else 1,
                f"{package} sends to layers of Channels",
            )
        )
    layer_uses = set(migration.of(Part.LAYER))
    kept = [use for use in migration.uses.found if use not in migration.handled | layer_uses]
    whole = not (kept or problems or found.others or migration.uses.unclear) and bool(migration.moved)
    if whole:
        layers.move_layers(migration, coloured)
    for use in [use for use in kept if use.dotted not in NAMES]:
        reason, help_ = left(use.dotted)
        migration.refuse(use.path, use.line, use.dotted, CONSUMERS, f"{use.dotted} stays: {reason}", help_)
    tests = [use for use in kept if use.dotted in NAMES and use.role is Role.TEST] if migration.moved else []
    for use in tests:
        reason, help_ = "stays in this test, so that Channels stays a requirement", "test the project's own application"
        migration.refuse(use.path, use.line, use.dotted, TESTS, f"{use.dotted} {reason}", help_)
    for path, line, reason in problems:
        migration.refuse(path, line, "CHANNEL_LAYERS", SETTINGS, f"{reason}: the layers stay those of Channels")
    return move_inner_imports(migration) or settings.move_settings(migration, given, whole=whole)


def _any_host(migration: Migration) -> bool:
    """Whether ALLOWED_HOSTS has "*", with which Channels asks for no origin either."""
    module = migration.context.analyst.program.project.settings.module
    given = assignments(migration.context, module, "ALLOWED_HOSTS")
    return any(isinstance(part, ast.Constant) and part.value == "*" for one in given for part in ast.walk(one.value))

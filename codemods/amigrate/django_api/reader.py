"""Questions about the table: has this Django an async form of that, and what is it called.

`django` is a version as its users write it (`5.2`, `5.2.19`, `6.1b1`). A Django newer than the table is taken for the
newest one that the table knows. An unreadable version raises `packaging.version.InvalidVersion`.
"""

from __future__ import annotations

from functools import cache

from packaging.version import Version

from amigrate.django_api.table import Pair, load

NEVER = "never"
_RELATED = "django.db.models.fields.related_descriptors"
_AUTH = "django.contrib.auth"
_MANAGER = ("django.db.models.manager.Manager",)
_MODEL = ("django.db.models.base.Model",)
# The classes whose methods a receiver of that kind has. What an earlier one has goes before a later one.
OWNERS: dict[str, tuple[str, ...]] = {
    "QuerySet": ("django.db.models.query.QuerySet",),
    "RawQuerySet": ("django.db.models.query.RawQuerySet",),
    "Manager": _MANAGER,
    "RelatedManager": (
        f"{_RELATED}.create_forward_many_to_many_manager.ManyRelatedManager",
        f"{_RELATED}.create_reverse_many_to_one_manager.RelatedManager",
        "django.contrib.contenttypes.fields.create_generic_related_manager.GenericRelatedObjectManager",
    ),
    "Model": _MODEL,
    "Session": ("django.contrib.sessions.backends.base.SessionBase",),
    "Cache": ("django.core.cache.backends.base.BaseCache",),
    "User": (f"{_AUTH}.base_user.AbstractBaseUser", f"{_AUTH}.models.PermissionsMixin", *_MODEL),
    "AnonymousUser": (f"{_AUTH}.models.AnonymousUser",),
    "UserManager": (f"{_AUTH}.models.UserManager", f"{_AUTH}.base_user.BaseUserManager", *_MANAGER),
    "GroupManager": (f"{_AUTH}.models.GroupManager", *_MANAGER),
    "PermissionManager": (f"{_AUTH}.models.PermissionManager", *_MANAGER),
    "AuthBackend": (f"{_AUTH}.backends.ModelBackend", f"{_AUTH}.backends.BaseBackend"),
    "Request": ("django.http.request.HttpRequest",),
    "Signal": ("django.dispatch.dispatcher.Signal",),
    "Paginator": ("django.core.paginator.Paginator",),
    "Page": ("django.core.paginator.Page",),
    "Task": ("django.tasks.base.Task",),
    "TaskResult": ("django.tasks.base.TaskResult",),
    "TaskBackend": ("django.tasks.backends.base.BaseTaskBackend",),
    "Client": ("django.test.client.Client", "django.test.client.ClientMixin"),
}


def async_name(owner: str, name: str, django: str) -> str | None:
    """The async form of a method or attribute, or None when that Django has none.

    Args:
        owner: a key of `OWNERS`, such as `QuerySet`. Raises KeyError for others. What `Paginator`, `Page` and `Client`
            have in an async form is on another class: see `async_class`.
        name: such as `get`; `__iter__` asks for `async for`.
    """
    for pair in _members(owner, name):
        if _has(pair, django):
            return pair.async_name
    return None


def async_class(owner: str, django: str) -> str | None:
    """The dotted class that has the async forms of `owner` when `owner` itself has not, else None."""
    for pair in load().pairs.values():
        async_owner = pair.async_.rpartition(".")[0]
        if pair.owner in OWNERS[owner] and async_owner != pair.owner and _has(pair, django):
            return async_owner
    return None


def async_function(dotted: str, django: str) -> str | None:
    """The dotted name of the async form of a function of a module, or None when that Django has none."""
    pair = load().pairs.get(dotted)
    return pair.async_ if pair and _has(pair, django) else None


def keyword_names(owner: str, name: str) -> tuple[str, ...]:
    """The names to give positional arguments, where the async form of some Django takes them by keyword only.

    Empty when positional arguments can stay as they are.
    """
    return next((pair.keyword_names for pair in _members(owner, name)), ())


def view_decorator_since(dotted: str) -> str | None:
    """The first Django in which a view decorator of Django may stand on an `async def` view.

    `NEVER` when there is none, None when it is no view decorator of Django. For `method_decorator` it says when that
    may stand on an `async def` method; the decorator that it is given counts too, and with `name="dispatch"` it never
    may stand on a class of async handlers, unless the class itself defines an `async def dispatch`.
    """
    return load().view_decorators.get(dotted)


def _members(owner: str, name: str) -> list[Pair]:
    pairs = load().pairs
    return [pairs[dotted] for cls in OWNERS[owner] if (dotted := f"{cls}.{name}") in pairs]


def _has(pair: Pair, django: str) -> bool:
    wanted = _release(django)
    return _release(pair.since) <= wanted and (pair.until is None or wanted < _release(pair.until))


@cache
def _release(version: str) -> tuple[int, ...]:
    # A pre-release of 6.1 has what 6.1 has, and a patch release brings no API.
    release = Version(version).release
    return (*release, 0)[:2]

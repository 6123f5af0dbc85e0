"""The models that Django itself brings, as far as relations go. Field kinds are those of `model_graph.Field`."""

from __future__ import annotations

AUTH = "django.contrib.auth.models"
USER, GROUP, PERMISSION = f"{AUTH}.User", f"{AUTH}.Group", f"{AUTH}.Permission"
CONTENT_TYPE = "django.contrib.contenttypes.models.ContentType"
SITE = "django.contrib.sites.models.Site"

# model -> {field: (kind, target, nullable, reverse name)}
RELATIONS: dict[str, dict[str, tuple[str, str, bool, str]]] = {
    USER: {
        "groups": ("m2m", GROUP, False, "user_set"),
        "user_permissions": ("m2m", PERMISSION, False, "user_set"),
    },
    GROUP: {"permissions": ("m2m", PERMISSION, False, "group_set")},
    PERMISSION: {"content_type": ("fk", CONTENT_TYPE, False, "permission_set")},
    CONTENT_TYPE: {},
    SITE: {},
    "django.contrib.sessions.models.Session": {},
    "django.contrib.admin.models.LogEntry": {
        "user": ("fk", USER, False, "logentry_set"),
        "content_type": ("fk", CONTENT_TYPE, True, "logentry_set"),
    },
    "django.contrib.flatpages.models.FlatPage": {"sites": ("m2m", SITE, False, "flatpage_set")},
    "django.contrib.redirects.models.Redirect": {"site": ("fk", SITE, False, "redirect_set")},
}

_PERSON = {"id", "pk", "password", "last_login", "is_active", "is_authenticated", "is_anonymous"}
# model -> its plain attributes, whose reading does no I/O
PLAIN: dict[str, frozenset[str]] = {
    USER: frozenset(
        _PERSON
        | {"username", "first_name", "last_name", "email", "is_staff", "is_superuser", "date_joined"}
        | {"get_username", "get_full_name", "get_short_name", "get_session_auth_hash", "set_password"}
        | {"has_usable_password", "set_unusable_password", "USERNAME_FIELD", "EMAIL_FIELD", "REQUIRED_FIELDS"}
        | {"get_email_field_name", "clean", "_meta", "DoesNotExist", "MultipleObjectsReturned", "natural_key"}
    ),
    GROUP: frozenset({"id", "pk", "name", "_meta"}),
    PERMISSION: frozenset({"id", "pk", "name", "codename", "_meta", "content_type_id"}),
    CONTENT_TYPE: frozenset({"id", "pk", "app_label", "model", "model_class", "name", "_meta"}),
    SITE: frozenset({"id", "pk", "domain", "name", "_meta"}),
}

# abstract bases of a project's own user model: the relations and attributes that they bring
USER_BASES: dict[str, frozenset[str]] = {
    f"{AUTH}.AbstractUser": frozenset({"groups", "user_permissions"}),
    f"{AUTH}.PermissionsMixin": frozenset({"groups", "user_permissions"}),
    f"{AUTH}.AbstractBaseUser": frozenset(),
    "django.contrib.auth.base_user.AbstractBaseUser": frozenset(),
}
# the methods of a user that query, bridged or with an async form
USER_QUERIES = frozenset(
    {"has_perm", "has_perms", "has_module_perms", "get_user_permissions", "get_group_permissions"}
    | {"get_all_permissions", "check_password", "email_user"}
)

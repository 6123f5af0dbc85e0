"""What the methods of querysets, managers, related managers and model instances do: data for the flow analysis."""

from __future__ import annotations

LAZY_METHODS = frozenset(
    {"filter", "exclude", "complex_filter", "annotate", "alias", "order_by", "reverse", "distinct", "values"}
    | {"values_list", "dates", "datetimes", "none", "union", "intersection", "difference", "select_related"}
    | {"prefetch_related", "extra", "defer", "only", "using", "select_for_update", "all", "raw", "fetch_mode"}
    | {"get_queryset", "db_manager", "resolve_expression", "as_manager", "with_perm"}
)

# method -> what it gives: instance, maybe (instance or None), pair (instance, bool), number, truth, dict, bulk (dict of
# instances), list (of instances), tuple, nothing, text
TERMINALS = {
    "get": "instance",
    "create": "instance",
    "get_or_create": "pair",
    "update_or_create": "pair",
    "first": "maybe",
    "last": "maybe",
    "latest": "instance",
    "earliest": "instance",
    "count": "number",
    "exists": "truth",
    "contains": "truth",
    "aggregate": "dict",
    "update": "number",
    "delete": "tuple",
    "in_bulk": "bulk",
    "bulk_create": "list",
    "bulk_update": "number",
    "explain": "text",
}
RELATED_TERMINALS = {"add": "nothing", "remove": "nothing", "clear": "nothing", "set": "nothing"}
TAGS = "taggit.managers.TaggableManager"  # its add, set, remove and clear are its own, and have no async form
USER_MANAGER_TERMINALS = {
    "create_user": "instance",
    "create_superuser": "instance",
    "get_by_natural_key": "instance",
}
INSTANCE_TERMINALS = {"save": "nothing", "delete": "tuple", "refresh_from_db": "nothing"}

# on a model instance: sync only
INSTANCE_BRIDGED = frozenset(
    {"full_clean", "clean", "clean_fields", "validate_unique", "validate_constraints", "save_base"}
)
INSTANCE_PURE = frozenset(
    {"get_deferred_fields", "serializable_value", "set_password", "get_username", "get_session_auth_hash"}
    | {"has_usable_password", "set_unusable_password", "unique_error_message", "date_error_message"}
    | {"get_full_name", "get_short_name", "natural_key", "get_absolute_url", "prepare_database_save"}
)
CLASS_ATTRIBUTES = frozenset(
    {"DoesNotExist", "MultipleObjectsReturned", "_meta", "__name__", "__class__", "__module__"}
)

# producers whose rows may get select_related()
PRODUCERS = frozenset({"get", "first", "last", "latest", "earliest"})

SESSION_METHODS = frozenset(
    {"get", "pop", "set", "setdefault", "update", "has_key", "keys", "values", "items", "flush", "cycle_key"}
    | {"set_expiry", "get_expiry_age", "get_expiry_date", "get_expire_at_browser_close", "save", "load"}
    | {"create", "delete", "exists", "clear_expired", "set_test_cookie", "test_cookie_worked", "delete_test_cookie"}
)
SESSION_PURE = frozenset({"session_key", "modified", "accessed", "is_empty", "encode", "decode", "clear"})
CACHE_METHODS = frozenset(
    {"get", "set", "add", "touch", "delete", "get_many", "set_many", "delete_many", "get_or_set", "has_key"}
    | {"incr", "decr", "incr_version", "decr_version", "clear", "close"}
)

# methods of strings, numbers, lists, dicts and dates: on an unknown receiver they are taken for these, because no
# class of Django's ORM has them
PLAIN_METHODS = frozenset(
    {"format", "join", "split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "encode"}
    | {"decode", "startswith", "endswith", "append", "keys", "items", "copy", "isdigit", "capitalize", "partition"}
    | {"rpartition", "splitlines", "zfill", "isoformat", "strftime", "date", "time", "timestamp", "total_seconds"}
    | {"astimezone", "weekday", "casefold", "find", "rfind", "setdefault", "getlist", "urlencode", "sort", "popitem"}
    | {"isalnum", "isalpha", "isnumeric", "removeprefix", "removesuffix", "hexdigest", "groups", "group"}
)

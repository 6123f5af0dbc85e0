"""Prints the function views and `View` handlers of a tree that the project's URLs lead to, as JSON on the last line.

    python -m probe_views TREE

Of each: whether it is a coroutine function, and whether its own text has a word of the ORM in it. Views of Django REST
framework are apart: their handlers cannot be async.
"""

import inspect
import json
import re
import sys
from pathlib import Path

import django
from django.urls import URLPattern, get_resolver
from django.views import View

PLAIN = (View, object)
MIXINS = "django.contrib.auth.mixins"
ORM = re.compile(
    r"\.objects\b|_set\b|_or_404\b|\.(save|delete|create|filter|exclude|get_or_create|bulk_create|refresh_from_db)\("
)


def callbacks(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.callback
        else:
            yield from callbacks(pattern.url_patterns)


def in_tree(function, tree):
    return Path(inspect.getfile(function)).resolve().is_relative_to(tree)


def views(tree):
    """Function views, and the handlers that plain `View` classes of the tree define; generic views are left out."""
    for callback in callbacks(get_resolver().url_patterns):
        if view_class := getattr(callback, "view_class", None):
            if all(plain(base) or in_tree(base, tree) for base in view_class.__mro__):
                handlers = (getattr(view_class, name, None) for name in view_class.http_method_names)
                yield from (named(f) for f in handlers if inspect.isfunction(f) and in_tree(f, tree))
            continue
        view = inspect.unwrap(callback)
        if not hasattr(callback, "cls") and inspect.isfunction(view) and in_tree(view, tree):
            yield named(view)


def plain(base):
    return base in PLAIN or base.__module__ == MIXINS


def named(function):
    original = inspect.unwrap(function)
    found = {"async": inspect.iscoroutinefunction(original), "orm": bool(ORM.search(inspect.getsource(original)))}
    return f"{original.__module__}.{original.__qualname__}", found


def api_views(tree):
    """The views of Django REST framework: functions under `@api_view`, and classes."""
    for callback in callbacks(get_resolver().url_patterns):
        view_class = getattr(callback, "cls", None)
        if view_class is not None and in_tree(view_class, tree):
            yield f"{view_class.__module__}.{view_class.__qualname__}"


django.setup()
print()
tree = Path(sys.argv[1]).resolve()
print(json.dumps({"views": dict(views(tree)), "api": sorted(set(api_views(tree)))}))

"""Prints the function views and `View` handlers of a tree that the project's URLs lead to, as JSON on the last line.

python -m probe_views TREE
"""

import inspect
import json
import sys
from pathlib import Path

import django
from django.urls import URLPattern, get_resolver
from django.views import View

PLAIN = (View, object)


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
            if all(base in PLAIN or in_tree(base, tree) for base in view_class.__mro__):
                handlers = (getattr(view_class, name, None) for name in view_class.http_method_names)
                yield from (named(f) for f in handlers if inspect.isfunction(f) and in_tree(f, tree))
            continue
        view = inspect.unwrap(callback)
        if not hasattr(callback, "cls") and inspect.isfunction(view) and in_tree(view, tree):
            yield named(view)


def named(function):
    original = inspect.unwrap(function)
    is_async = inspect.iscoroutinefunction(original)
    return f"{original.__module__}.{original.__qualname__}", is_async


django.setup()
print()
print(json.dumps(dict(views(Path(sys.argv[1]).resolve()))))

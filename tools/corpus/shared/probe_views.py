"""Prints the function views of a tree that the project's URLs lead to, as JSON on the last line.

python -m probe_views TREE
"""

import inspect
import json
import sys
from pathlib import Path

import django
from django.urls import URLPattern, get_resolver


def callbacks(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.callback
        else:
            yield from callbacks(pattern.url_patterns)


def function_views(tree):
    for callback in callbacks(get_resolver().url_patterns):
        of_a_class = hasattr(callback, "view_class") or hasattr(callback, "cls")
        view = inspect.unwrap(callback)
        if of_a_class or not inspect.isfunction(view):
            continue
        if Path(inspect.getfile(view)).resolve().is_relative_to(tree):
            yield f"{view.__module__}.{view.__qualname__}", inspect.iscoroutinefunction(view)


django.setup()
print()
print(json.dumps(dict(function_views(Path(sys.argv[1]).resolve()))))

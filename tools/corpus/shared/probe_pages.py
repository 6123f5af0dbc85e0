"""Requests every URL of a project, as a visitor and as an administrator, and prints what came back as JSON.

    python -m probe_pages PACKAGE ...

The database is a test database with two objects of each model of these packages. Each URL gets a GET, a POST without
data, and a POST of the form on its page; nothing of it is kept. What differs from one run to the next is left out.
"""

import contextlib
import inspect
import io
import json
import re
import sys
import warnings
from unittest import mock

import django
import offline  # noqa: F401  # takes effect when imported
import visited_views  # noqa: F401  # as above
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.forms import BaseForm
from django.test import Client
from django.test.utils import get_runner, setup_test_environment
from django.urls import URLPattern, get_resolver
from populate import MOMENT, WORDS, make_administrator, populate

# Tokens, signed values, random keys, and the commit that a page may name.
CHANGING = re.compile(
    r'(?:csrfmiddlewaretoken\W+value=\W+|csrf_?token\W+)\w+|data-field_id="[^"]+"|\([0-9a-f]{7}\)|'
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:state|nonce|password|hash)=[\w-]+|0x[0-9a-f]{8,}|"
    r'csrfmiddlewaretoken:.\w+|value="\w+" id="id_password"',
    re.IGNORECASE,
)


def urls(patterns, prefix="", word=WORDS[0], number="1"):
    """The path and the view of each pattern; paths have `word` and `number` where they take something."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if path := filled(prefix + route(pattern), word, number):
                yield path, pattern.callback
        else:
            yield from urls(pattern.url_patterns, prefix + route(pattern), word, number)


def route(pattern):
    return str(pattern.pattern)


def filled(route, word, number):
    """The path of a route, with `number` for what takes a number and `word` elsewhere."""
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda match: number if match[1] == "int" else word, route)
    path = re.sub(r"\(\?P<\w+>([^()]*)\)", lambda match: number if r"\d" in match[1] else word, path)
    path = path.replace("^", "").replace("$", "").replace(r"\Z", "").replace(r"\.", ".")
    return f"/{path}" if not re.search(r"[()\[\]\\*+?|]", path) else None


def form_data(response):
    """What a browser would send of the first form of a page, with a word in each field that is empty."""
    context = response.context or []
    contexts = context if isinstance(context, list) else [context]
    values = (value for one in contexts for value in one.flatten().values())
    form = next((value for value in values if isinstance(value, BaseForm)), None)
    return {bound.html_name: value_of(bound) for bound in form} if form else None


def value_of(bound):
    choices = [str(value) for value, _ in getattr(bound.field, "choices", ()) if value not in ("", None)]
    value = bound.value()
    return value if value not in (None, "", []) else (choices[:1] or [WORDS[0]])[0]


def ask(client, method, path, data=None):
    """Status, redirection and body, or the exception in place of the body; and the data of the form on the page."""
    cache.clear()
    with transaction.atomic():
        try:
            response = getattr(client, method)(path, data)
        except TransactionManagementError as error:  # the same, and the session could not be saved
            transaction.set_rollback(True)
            return [0, "", repr(error)], None
        page = None
        with contextlib.suppress(TransactionManagementError):  # the view caught an error of the database
            page = form_data(response)
        transaction.set_rollback(True)
    text = CHANGING.sub("", body_of(response).decode("utf-8", "replace"))
    error = getattr(response, "exc_info", None)
    location = CHANGING.sub("", response.get("Location", ""))
    return [response.status_code, location, CHANGING.sub("", repr(error[1])) if error else text], page


def body_of(response):
    if not response.streaming:
        return response.content
    return b"an endless stream" if response.is_async else b"".join(response.streaming_content)


def probe(packages):
    populate(packages)
    user = get_user_model().objects.get(username=WORDS[0])
    make_administrator(user)
    results = {}
    for path, callback in sorted(urls(get_resolver().url_patterns), key=lambda pair: pair[0]):
        if inspect.unwrap(callback).__module__.partition(".")[0] not in packages:
            continue
        for name in ("visitor", "administrator"):
            client = Client(raise_request_exception=False)
            if name == "administrator":
                client.force_login(get_user_model().objects.get(pk=user.pk))
            results[f"{name} GET {path}"], data = ask(client, "get", path)
            results[f"{name} POST {path}"], _ = ask(client, "post", path, {})
            if data is not None:
                results[f"{name} POST {path} with its form"], _ = ask(client, "post", path, data)
    return results


def main():
    packages = set(sys.argv[1:])
    django.setup()
    setup_test_environment()
    warnings.filterwarnings("error", "coroutine .* was never awaited", RuntimeWarning)
    output = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()), mock.patch("django.utils.timezone.now", lambda: MOMENT):
        get_runner(django.conf.settings)(verbosity=0, interactive=False).setup_databases()
        results = probe(packages)
    print(json.dumps(results, indent=1), file=output)


if __name__ == "__main__":
    main()

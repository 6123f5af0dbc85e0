"""Requests every URL of a project as Django's ASGI handler would, and prints the thread hops of each view as JSON.

    python -m probe_hops PACKAGE ...

The database is the one of `probe_pages`; nothing of a request is kept. Each URL gets a GET, a POST without data, and a
POST of the form on its page, as a visitor and as an administrator.
"""

import contextlib
import io
import json
import sys
import warnings
from unittest import mock

import count_hops
import django
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import transaction
from django.test import AsyncClient, Client
from django.test.utils import get_runner, setup_test_environment
from django.urls import get_resolver
from populate import MOMENT, WORDS, make_administrator, populate
from probe_pages import form_data, urls


def ask(client, method, path, data):
    """The records of the views that were asked, with the status."""
    cache.clear()
    count_hops.requests.clear()
    with transaction.atomic(), contextlib.suppress(Exception):
        response = async_to_sync(getattr(client, method))(path, data or {})
        transaction.set_rollback(True)
        return [{**one, "status": response.status_code, "path": path} for one in count_hops.requests]
    return []


def forms(path, name):
    """The data of the form on a page, asked for in the ordinary way."""
    client = Client(raise_request_exception=False)
    if name == "administrator":
        client.force_login(get_user_model().objects.get(username=WORDS[0]))
    with transaction.atomic():
        response = client.get(path)
        data = form_data(response)
        transaction.set_rollback(True)
    return data


def probe(packages):
    populate(packages)
    make_administrator(get_user_model().objects.get(username=WORDS[0]))
    results = []
    for path, callback in sorted(urls(get_resolver().url_patterns), key=lambda pair: pair[0]):
        if callback.__module__.partition(".")[0] not in packages:
            continue
        for name in ("visitor", "administrator"):
            client = AsyncClient(raise_request_exception=False)
            if name == "administrator":
                client.force_login(get_user_model().objects.get(username=WORDS[0]))
            results += ask(client, "get", path, None)
            results += ask(client, "post", path, {})
            data = None
            with contextlib.suppress(Exception):
                data = forms(path, name)
            if data is not None:
                results += ask(client, "post", path, data)
    return results


def main():
    packages = set(sys.argv[1:])
    count_hops.install()
    django.setup()
    setup_test_environment()
    warnings.simplefilter("ignore")
    output = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()), mock.patch("django.utils.timezone.now", lambda: MOMENT):
        get_runner(django.conf.settings)(verbosity=0, interactive=False).setup_databases()
        results = probe(packages)
    print(json.dumps(results), file=output)


if __name__ == "__main__":
    main()

"""Renders templates with sync objects, and others with async ones: in a thread beside an event loop, and without one.

Run by a test with the Python of a Django; reads and prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys

import django
from django.conf import settings
from django.template import Context, Engine, Library

settings.configure(USE_I18N=True, USE_TZ=True, INSTALLED_APPS=["django_ahead"])
django.setup()

from django_ahead.shortcuts import arender_template
from django_ahead.template.unawaited import WatchfulEngine

LIBRARIES = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
LIBRARIES |= {"ahead": "django_ahead.templatetags.ahead"}
register = Library()


@register.simple_tag
def badge(value=None, label=""):
    return f"[{value}|{label}]"


class User:
    name = "Ann"
    friends = ("b", "c")

    def fails(self):
        return False

    def total(self):
        return 4

    def orders(self):
        return ["<1>", "2", "3"]

    def stream(self):
        return [1, 2]

    def profile(self):
        return User()


class AsyncUser(User):
    async def total(self):
        await asyncio.sleep(0)
        return 4

    async def orders(self):
        return ["<1>", "2", "3"]

    async def stream(self):
        for number in (1, 2):
            yield number

    async def profile(self):
        return AsyncUser()


def compiled(source, kind=Engine):
    loaders = [("django.template.loaders.locmem.Loader", {"base.html": "{% block main %}{% endblock %}!"})]
    engine = kind(libraries=LIBRARIES, loaders=loaders, debug=kind is not Engine)
    engine.template_builtins.append(register)
    return engine.from_string(source)


def shown(pair):
    before, after = pair
    expected = compiled(before).render(Context({"user": User()}))
    context = {"user": AsyncUser()}
    beside_loop = asyncio.run(arender_template(compiled(after, WatchfulEngine), Context(context)))
    in_sync_code = compiled(after).render(Context(context))
    sync_objects = compiled(after).render(Context({"user": User()}))
    return [expected, beside_loop, in_sync_code, sync_objects]


print(json.dumps([shown(pair) for pair in json.load(sys.stdin)]))

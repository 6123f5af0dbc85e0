"""Counts the thread hops of requests while they are answered: every call of `sync_to_async`, Django's own included.

`install()` comes before the first request; `requests` then has, for each view that answered, its name, the hops in it
and around it, and whether its own code was reached (a decorator may have answered in its place).
"""

import contextvars
import functools
import inspect
import sys

import asgiref.sync
from django.core.handlers.base import BaseHandler

INSIDE = contextvars.ContextVar("inside", default=None)
requests = []
_around = [0]


def install():
    """Instruments asgiref and Django's handler."""
    original_call = asgiref.sync.SyncToAsync.__call__
    original_atomic = BaseHandler.make_view_atomic

    async def call(self, *args, **kwargs):
        record = INSIDE.get()
        if record is not None or (record := getattr(self.func, "hops_record", None)) is not None:
            record["hops"] += 1
        else:
            _around[0] += 1
        return await original_call(self, *args, **kwargs)

    def make_view_atomic(self, view):
        own = inspect.unwrap(original := original_atomic(self, view))
        while isinstance(own, functools.partial):
            own = inspect.unwrap(own.func)
        own = getattr(view, "view_class", own)
        name = f"{own.__module__}.{getattr(own, '__qualname__', type(own).__name__)}"
        record = {"view": name, "hops": 0, "async": inspect.iscoroutinefunction(original), "reached": False}
        requests.append(record)
        code = getattr(own, "__code__", None)
        if not record["async"]:

            def sync_view(*args, **kwargs):
                return original(*args, **kwargs)

            record["reached"] = True
            sync_view.hops_record = record
            return functools.wraps(original, updated=())(sync_view)

        @functools.wraps(original, updated=())
        async def async_view(*args, **kwargs):
            def watch(frame, event, _):
                if event == "call" and frame.f_code is code:
                    record["reached"] = True

            token, before = INSIDE.set(record), sys.getprofile()
            sys.setprofile(watch)
            try:
                return await original(*args, **kwargs)
            finally:
                sys.setprofile(before)
                INSIDE.reset(token)

        return async_view

    asgiref.sync.SyncToAsync.__call__ = call
    BaseHandler.make_view_atomic = make_view_atomic


def taken_around():
    """The hops outside of views since this was last asked."""
    hops, _around[0] = _around[0], 0
    return hops

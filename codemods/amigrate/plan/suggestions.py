"""The smallest thing that a person could do about an obstacle."""

from __future__ import annotations

_SUGGESTIONS = (
    ("not worthwhile", "leave it sync, or convert it without --only worthwhile"),
    ("waits for nothing else", "leave it sync: that is one thread hop, too"),
    ("type is not known", "annotate the value, or the parameter it comes from"),
    ("of unknown type", "annotate the object that it is called on"),
    ("transaction", "move the transaction into a sync function of its own and bridge that with sync_to_async"),
    ("cursor", "move the use of the cursor into a sync function and bridge that with sync_to_async"),
    ("own decorator", "give the decorator an async branch (asgiref.sync.iscoroutinefunction) or convert it first"),
    ("has no async views", "leave the view sync"),
    ("the decorator", "check whether the decorator takes async functions; if not, move its work into the function"),
    ("takes async views from", "upgrade Django, or do the decorator's work in the view"),
    ("is used in", "change the tests too, or keep the function for them and add an async twin"),
    ("it is called in", "change that caller too, or keep the function for it and add an async twin"),
    ("also called by", "give the sync caller a sync twin, or convert it first"),
    ("as a value", "call the function where it is needed instead of handing it over"),
    ("file access", "move the file access into a sync function and bridge that with sync_to_async"),
    ("would block the event loop", "move it into a sync function and bridge that with sync_to_async"),
    ("ATOMIC_REQUESTS", "turn ATOMIC_REQUESTS off and put transaction.atomic where it is needed"),
    ("does not call", "give the backend that method too; it may run the sync one with sync_to_async"),
    (
        "of another package may have no",
        "name one of your own instead, which derives from it and from django.contrib.auth.backends.BaseBackend",
    ),
    ("backend", "derive it from django.contrib.auth.backends.BaseBackend, or give it the async methods"),
    ("aget_user", "derive the backend from django.contrib.auth.backends.BaseBackend"),
    ("turned into text", "load what __str__ reads with select_related, or bridge the expression"),
    ("sync form", "leave it sync"),
    ("lambda", "make the lambda a nested function"),
    ("lru_cache", "cache the result in django.core.cache"),
    ("wraps the views", "give these decorators an async branch (asgiref.sync.iscoroutinefunction) first"),
    ("class body", "make the class outside the function, or the value before the class"),
    ("may be called here", "compare keys, or load what the comparison reads with select_related"),
    ("Python may call it anywhere", "take what may query out of that method"),
    ("evaluated already", "evaluate the queryset once, into a list with a name of its own"),
    ("queryset or something else", "give the two values names of their own, or make both lists"),
    ("is not Django's", "call it before, in a sync function, and hand over what it gives"),
    ("gives the lazy user", "write `request.user`; its default is never used where AuthenticationMiddleware runs"),
    ("held across awaits", "hold it in a sync function and bridge that, or use the lock of a cache or of the database"),
    ("where one runs", "await the coroutine itself, or keep this in a sync function and bridge that"),
    ("not defined in the project", "leave it sync: async code that needs what it does bridges the call"),
    ("is not known", "annotate the value, or the parameter it comes from"),
    ("template", "pass the value to the template instead of the method"),
    ("hands on request.user", "give it the user, `await request.auser()`, in place of the request"),
    ("named as a string", "call it directly where the string stands, so that it can be followed"),
    ("read without a call", "make it a method, which async code can await"),
    ("Python calls", "query in the function that uses the object, and hand the result to it"),
    ("called synchronously by", "leave it sync: async code that needs what it does bridges the call"),
    ("may call", "leave it sync: async code that needs what it does bridges the call"),
    ("which is not changed", "change that code too, or keep the function for it and add an async twin"),
    ("rejected in a review", "`amigrate review` takes that back"),
    ("may query the database", "move it into a sync function and bridge that with sync_to_async"),
)


def suggest(reason: str) -> str:
    """A suggestion for a reason, "" when there is none better than the reason itself."""
    return next((text for key, text in _SUGGESTIONS if key in reason), "")

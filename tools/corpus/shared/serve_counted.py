"""Run inside the bookshop: answers requests through its ASGI application and prints what each took in thread hops.

Standard input has a JSON list of [user or "", method, path, form]. Standard output gets a JSON list of
{"path", "status", "view", "hops", "around", "reached", "async"}.
"""

import asyncio
import json
import os
import sys
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookshop.settings")
TOKEN = "a" * 32


def cookies():
    from django.contrib.auth.models import User
    from django.test import Client

    found = {"": ""}
    for user in User.objects.all():
        client = Client()
        client.force_login(user)
        found[user.username] = f"sessionid={client.cookies['sessionid'].value}; "
    return found


async def ask(application, cookie, method, path, form):
    body = urlencode({**form, "csrfmiddlewaretoken": TOKEN}).encode() if method == "POST" else b""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [
            (b"host", b"localhost"),
            (b"cookie", f"{cookie}csrftoken={TOKEN}".encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
        ],
    }
    sent = []
    received = iter([{"type": "http.request", "body": body}])

    async def receive():
        message = next(received, None)
        return message if message is not None else await asyncio.Future()

    async def send(message):
        sent.append(message)

    await application(scope, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


async def main(application, known):
    import count_hops

    answers = []
    for user, method, path, form in json.load(sys.stdin):
        count_hops.requests.clear()
        count_hops.taken_around()
        status, body = await ask(application, known[user], method, path, form)
        (record,) = count_hops.requests
        answers.append({"path": path, "status": status, "around": count_hops.taken_around(), **record})
        if status >= 500:
            sys.stderr.write(body.decode())
    print(json.dumps(answers))


if __name__ == "__main__":
    import count_hops
    import django

    count_hops.install()
    django.setup()
    from django.core.asgi import get_asgi_application

    asyncio.run(main(get_asgi_application(), cookies()))

"""What an audit says of versions, servers, settings and middleware, and of projects that are not as they should be."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from amigrate.audit.data import Audit, Finding
from amigrate.audit.support import DJANGO_ENDS
from amigrate.auditing import run_audit
from amigrate.discover.project import DiscoveryError
from amigrate.discover.versions import SUPPORTED_DJANGO
from amigrate.options import Options
from tests.tree import SETTINGS, write, write_project

ASGI = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
URLS = "urlpatterns = []\n"
TODAY = datetime.date(2026, 6, 1)


def audited(root: Path, django: str | None = "5.2") -> Audit:
    options = Options(django=django, python="3.12", jobs=1, pyrefly=False, cache=False)
    return run_audit(root, options, lambda *_: None, TODAY)


def findings(root: Path, topic: str, django: str | None = "5.2") -> list[Finding]:
    return [one for one in audited(root, django).readiness if one.topic == topic]


def project(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    return write_project(tmp_path, {"shop/urls.py": URLS, "asgi.py": ASGI, **files})


# file, its text → level and part of what is said; "" for nothing but that no file says how it is served
SERVERS = {
    ("Procfile", "web: gunicorn shop.wsgi --log-file -\n"): ("blocker", "gunicorn runs without an async worker"),
    ("Procfile", "web: gunicorn -k uvicorn_worker.UvicornWorker shop.asgi\n"): ("ok", "gunicorn"),
    ("Procfile", "web: gunicorn shop.asgi:application -k uvicorn.workers.UvicornWorker\n"): ("ok", "gunicorn"),
    ("Procfile", "web: gunicorn -k gevent shop.wsgi\n"): ("blocker", "gevent"),
    ("Procfile", "web: uvicorn shop.asgi:application --port $PORT\n"): ("ok", "uvicorn"),
    ("Procfile", "web: daphne -b 0.0.0.0 shop.asgi:application\n"): ("ok", "daphne"),
    ("Dockerfile", 'RUN pip install gunicorn\nCMD ["gunicorn", "shop.wsgi"]\n'): ("blocker", "gunicorn"),
    ("Dockerfile", 'RUN pip install uvicorn\nCMD ["uvicorn", "shop.asgi:application"]\n'): ("ok", "uvicorn"),
    ("Dockerfile", 'CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]\n'): ("info", "development server"),
    ("Dockerfile", "RUN pip install gunicorn\n# gunicorn shop.wsgi\n"): ("info", "no file here says"),
    ("docker-compose.yml", "services:\n  web:\n    command: gunicorn shop.wsgi:application\n"): ("blocker", "gunicorn"),
    ("compose.yaml", "services:\n  web:\n    command: hypercorn shop.asgi:application\n"): ("ok", "hypercorn"),
    ("deploy/web.service", "[Service]\nExecStart=/srv/venv/bin/gunicorn shop.wsgi\n"): ("blocker", "gunicorn"),
    ("uwsgi.ini", "[uwsgi]\nmodule = shop.wsgi\n"): ("blocker", "uwsgi serves WSGI"),
    ("start.sh", "#!/bin/sh\nexec granian --interface asgi shop.asgi:application\n"): ("ok", "granian"),
    ("docs/Procfile", "web: gunicorn shop.wsgi\n"): ("info", "no file here says"),
    ("requirements.txt", "Django==5.2\ngunicorn==23\n"): ("warning", "gunicorn is required"),
    ("requirements.txt", "Django==5.2\nuvicorn==0.34\n"): ("info", "uvicorn is required"),
    ("README.md", "Run gunicorn shop.wsgi\n"): ("info", "no file here says"),
}


@pytest.mark.parametrize(("name", "text"), SERVERS)
def test_servers(name: str, text: str, tmp_path: Path) -> None:
    (found,) = findings(project(tmp_path, {name: text}), "Server")
    level, words = SERVERS[name, text]
    assert found.level == level and words in found.text, found


def test_the_worker_may_be_in_the_configuration_of_gunicorn(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Procfile": "web: gunicorn -c gunicorn.conf.py shop.asgi\n",
        "gunicorn.conf.py": 'worker_class = "uvicorn.workers.UvicornWorker"\n',
    }
    (found,) = findings(project(tmp_path, files), "Server")
    assert found.level == "ok"


def test_asgi(tmp_path: Path) -> None:
    (found,) = findings(project(tmp_path / "with", {}), "ASGI")
    assert (found.level, found.place.path) == ("ok", "asgi.py")
    (found,) = findings(write_project(tmp_path / "without", {"shop/urls.py": URLS}), "ASGI")
    assert found.level == "blocker" and "get_asgi_application" in found.remedy


def test_asgi_application_is_asked_for_where_something_reads_it(tmp_path: Path) -> None:
    settings = SETTINGS.replace('"shop"]', '"daphne", "shop"]')
    found = findings(project(tmp_path / "a", {"config.py": settings}), "ASGI")
    assert [one.level for one in found] == ["ok", "warning"]
    named = settings + "ASGI_APPLICATION = 'asgi.application'\n"
    assert [one.level for one in findings(project(tmp_path / "b", {"config.py": named}), "ASGI")] == ["ok"]


@pytest.mark.parametrize(
    ("database", "levels", "words"),
    [
        ("{'ENGINE': 'django.db.backends.postgresql'}", [], ""),
        ("{'ENGINE': 'django.db.backends.postgresql', 'CONN_MAX_AGE': 0}", [], ""),
        ("{'ENGINE': 'django.db.backends.postgresql', 'CONN_MAX_AGE': 60}", ["warning"], "CONN_MAX_AGE is 60"),
        ("{'ENGINE': 'django.db.backends.mysql', 'CONN_MAX_AGE': None}", ["warning"], "CONN_MAX_AGE is None"),
        ("{'ENGINE': 'x', 'CONN_MAX_AGE': int(os.environ['AGE'])}", ["warning"], "CONN_MAX_AGE may be on"),
        ("{'ENGINE': 'x', 'ATOMIC_REQUESTS': True}", ["blocker"], "ATOMIC_REQUESTS"),
        ("{'ENGINE': 'x', 'ATOMIC_REQUESTS': False}", [], ""),
    ],
)
def test_databases(database: str, levels: list[str], words: str, tmp_path: Path) -> None:
    settings = SETTINGS + f"import os\nDATABASES = {{'default': {database}}}\n"
    found = findings(project(tmp_path, {"config.py": settings}), "Database")
    assert [one.level for one in found] == levels
    assert all(words in one.text and one.place.path == "config.py" and one.place.line for one in found)


MIDDLEWARE = """
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

class Plain:
    def __init__(self, get_response): ...

class Capable:
    async_capable = True

class Hooks(MiddlewareMixin):
    def process_request(self, request): ...
    def process_view(self, request, *args): ...

def function(get_response): ...

@sync_and_async_middleware
def both(get_response): ...
"""


def test_middleware(tmp_path: Path) -> None:
    names = ["django.middleware.security.SecurityMiddleware"]
    names += [f"shop.middleware.{name}" for name in ("Plain", "Capable", "Hooks", "function", "both")]
    names += ["elsewhere.Middleware"]
    files: dict[str, str | bytes] = {
        "shop/middleware.py": MIDDLEWARE,
        "config.py": SETTINGS + f"MIDDLEWARE = {names}\n",
    }
    audit = audited(project(tmp_path, files))
    kinds = {one.name.rpartition(".")[2]: (one.kind, one.hops) for one in audit.middleware}
    assert kinds.pop("Middleware") == ("unknown", None)
    assert kinds == {
        "SecurityMiddleware": ("async", 2),
        "Plain": ("sync", 0),
        "Capable": ("async", 0),
        "Hooks": ("async", 2),
        "function": ("sync", 0),
        "both": ("async", 0),
    }
    assert audit.around is None
    said = [one for one in audit.readiness if one.topic == "Middleware"]
    assert [(one.level, one.text.partition(" ")[0]) for one in said] == [
        ("warning", "shop.middleware.Plain"),
        ("warning", "shop.middleware.function"),
        ("info", "elsewhere.Middleware"),
    ]


@pytest.mark.parametrize(
    ("names", "hops"),
    [
        (["django.middleware.security.SecurityMiddleware"], 4),
        (["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"], 7),
        # all before the first sync one, seen from the view, run with it in one thread
        (["django.middleware.security.SecurityMiddleware", "shop.middleware.Plain"], 3),
        (["shop.middleware.Plain", "django.middleware.security.SecurityMiddleware"], 5),
        (["shop.middleware.Hooks"], 4),
    ],
)
def test_hops_around_views(names: list[str], hops: int, tmp_path: Path) -> None:
    settings = SETTINGS + f"MIDDLEWARE = {names}\n"
    assert audited(project(tmp_path, {"shop/middleware.py": MIDDLEWARE, "config.py": settings})).around == hops


def test_versions(tmp_path: Path) -> None:
    root = project(tmp_path, {})
    old = findings(root, "Django", "4.2")
    assert [one.level for one in old] == ["warning", "warning", "warning", "info", "info"]
    assert "no security fixes since April 2026" in old[0].text
    (new,) = findings(root, "Django", "6.0")
    assert new.level == "ok"
    assert DJANGO_ENDS.keys() == set(SUPPORTED_DJANGO)


def test_a_django_that_is_too_old_is_a_finding(tmp_path: Path) -> None:
    root = project(tmp_path, {"requirements.txt": "Django==3.2.1\n"})
    (found,) = findings(root, "Django", None)
    assert found.level == "blocker" and "Django ==3.2.1" in found.text and "5.2" in found.remedy


def test_deprecations(tmp_path: Path) -> None:
    code = "from django.utils.timezone import utc\nfrom django.utils.itercompat import is_iterable\n"
    found = findings(project(tmp_path, {"shop/tools.py": code}), "Deprecated")
    assert [(one.level, one.text) for one in found] == [
        ("warning", "django.utils.timezone.utc was removed in Django 5.0"),
        ("info", "django.utils.itercompat.is_iterable goes with Django 6.0"),
    ]


def test_a_project_without_urls_settings_or_that_does_not_parse(tmp_path: Path) -> None:
    write(tmp_path / "app", {"app/__init__.py": "", "app/models.py": "from django.db import models\n"})
    audit = audited(tmp_path / "app")
    assert not audit.views and not audit.defects and {one.topic for one in audit.readiness} == {"Django", "Python"}
    broken = audited(project(tmp_path / "broken", {"shop/views.py": "def broken(:\n", "shop/urls.py": "from (\n"}))
    assert sorted(one.path for one in broken.failures) == ["shop/urls.py", "shop/views.py"]
    write(tmp_path / "none", {"x.py": "print(1)\n"})
    with pytest.raises(DiscoveryError):
        audited(tmp_path / "none")


def test_what_a_view_waits_for(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "shop/urls.py": "from django.urls import path\nfrom shop import views\n"
        "urlpatterns = [path('', views.direct), path('b', views.through), path('c', views.nothing)]\n",
        "shop/clients.py": "import boto3\ns3 = boto3.client('s3')\n",
        "shop/services.py": "import requests\nfrom shop.clients import s3\n\ndef rates():\n"
        "    with requests.Session() as session:\n        response = session.get('x')\n    return response.json()\n\n"
        "def upload():\n    s3.put_object()\n",
        "shop/views.py": "import requests, time\nfrom requests.exceptions import HTTPError\n"
        "from django.core.mail import send_mail\nfrom shop import services\nfrom shop.models import Book\n\n"
        "def direct(request):\n    time.sleep(1)\n    send_mail('a', 'b', 'c', [])\n    requests.post('x').json()\n\n"
        "def through(request):\n    services.upload()\n    return services.rates()\n\n"
        "def nothing(request):\n    raise HTTPError(Book.objects.count())\n",
    }
    views = {view.name.rpartition(".")[2]: view for view in audited(project(tmp_path, files)).views}
    waits = {name: [(one.call, one.line) for one in view.waits] for name, view in views.items()}
    assert waits == {
        "direct": [("time.sleep", 8), ("django.core.mail.send_mail", 9), ("requests.post", 10)],
        "through": [("requests.Session.get", 6), ("boto3.client.put_object", 10)],
        "nothing": [],
    }

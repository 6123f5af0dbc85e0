"""A small site for the tests: one app, Django's templates and both kinds of Jinja2 environment."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "for tests only"
DEBUG = bool(os.environ.get("AHEAD_TEST_DEBUG"))
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
ASGI_APPLICATION = "asgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_ahead",
    "library",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PROCESSORS = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
TEMPLATES = [
    {
        "BACKEND": "django_ahead.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [*PROCESSORS, "library.processors.threads"]},
    },
    {
        "NAME": "stock",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [*PROCESSORS, "library.processors.threads"]},
    },
    {
        "NAME": "jinja",
        "BACKEND": "django_ahead.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["library.processors.threads"]},
    },
    {
        "NAME": "async-jinja",
        "BACKEND": "django_ahead.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"enable_async": True, "context_processors": ["library.processors.threads"]},
    },
    {
        "NAME": "stock-async-jinja",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"enable_async": True, "context_processors": ["library.processors.threads"]},
    },
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("AHEAD_TEST_DATABASE", BASE_DIR / "unused.sqlite3"),
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

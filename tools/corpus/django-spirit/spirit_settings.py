from example.settings.test import *  # noqa: F403

ROOT_URLCONF = "example.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

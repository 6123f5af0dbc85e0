"""The app: `"django_ahead"` in INSTALLED_APPS gives `{% load ahead %}` and the system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class AheadConfig(AppConfig):
    name = "django_ahead"
    verbose_name = "Django ahead"

    def ready(self) -> None:
        from django_ahead.checks import check_async_tags, check_context_processors, check_unawaited

        for check in (check_context_processors, check_async_tags, check_unawaited):
            checks.register(check, checks.Tags.templates)

"""The app: `"django_ahead"` in INSTALLED_APPS gives `{% load ahead %}` and the system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class AheadConfig(AppConfig):
    name = "django_ahead"
    verbose_name = "Django ahead"

    def ready(self) -> None:
        from django_ahead import checks as templates
        from django_ahead.websocket import checks as websockets

        for check in (templates.check_context_processors, templates.check_async_tags, templates.check_unawaited):
            checks.register(check, checks.Tags.templates)
        for check in (websockets.check_application, websockets.check_consumers, websockets.check_settings):
            checks.register(check, checks.Tags.urls)
        for check in (websockets.check_layers, websockets.check_server, websockets.check_origins):
            checks.register(check, checks.Tags.security, deploy=True)

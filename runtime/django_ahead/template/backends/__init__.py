"""Template backends whose engines have `aget_template` and whose templates have `arender`.

In TEMPLATES write `"BACKEND": "django_ahead.template.backends.django.DjangoTemplates"`: Django names an engine after
the module of its backend, so that `using="django"` goes on working.
"""

from __future__ import annotations

from django_ahead.template.backends.django import DjangoTemplates

__all__ = ["DjangoTemplates"]

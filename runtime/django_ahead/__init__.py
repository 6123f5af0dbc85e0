"""The async APIs that Django does not have yet, for Django 4.2 to 6.1.

Everything is imported explicitly and nothing in `django.*` is changed. Where a Django has a name of its own with the
same signature, that one is handed on: `django_ahead.native` has the table.
"""

from __future__ import annotations

__version__ = "0.1.0"

"""When versions of Django and Python are supported, and what of the async API each Django brought."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

# End of security support (djangoproject.com/download, "Supported versions"); the later ones as announced there.
DJANGO_ENDS: Mapping[str, datetime.date] = {
    "4.2": datetime.date(2026, 4, 30),
    "5.0": datetime.date(2025, 4, 30),
    "5.1": datetime.date(2025, 12, 31),
    "5.2": datetime.date(2028, 4, 30),
    "6.0": datetime.date(2027, 4, 30),
    "6.1": datetime.date(2027, 12, 31),
}
LONG_TERM = frozenset({"4.2", "5.2"})
# End of life (devguide.python.org/versions).
PYTHON_ENDS: Mapping[str, datetime.date] = {
    "3.8": datetime.date(2024, 10, 31),
    "3.9": datetime.date(2025, 10, 31),
    "3.10": datetime.date(2026, 10, 31),
    "3.11": datetime.date(2027, 10, 31),
    "3.12": datetime.date(2028, 10, 31),
    "3.13": datetime.date(2029, 10, 31),
    "3.14": datetime.date(2030, 10, 31),
}
# What a migration misses without it, by the Django that brings it (release notes).
BROUGHT: tuple[tuple[str, str], ...] = (
    ("5.0", "aget_object_or_404, asend for signals, request.auser(), and most view decorators on async views"),
    ("5.1", "login_required and permission_required on async views, and the a-methods of sessions"),
    ("5.2", "method_decorator on async methods, and async permission checks (user.ahas_perm)"),
    ("6.0", "AsyncPaginator and background tasks"),
)

"""Settings under which all that Django offers can be imported and looked at."""

from __future__ import annotations

# Without gis and postgres: these need libraries and drivers that a plain installation lacks.
CONTRIB = (
    "admin",
    "admindocs",
    "auth",
    "contenttypes",
    "flatpages",
    "humanize",
    "messages",
    "redirects",
    "sessions",
    "sitemaps",
    "sites",
    "staticfiles",
    "syndication",
)


def setup() -> str:
    """Configures this process's Django and returns its version as MAJOR.MINOR."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=[f"django.contrib.{name}" for name in CONTRIB],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SECRET_KEY="only for looking at Django",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        ALLOWED_HOSTS=["testserver"],
        SITE_ID=1,
        STATIC_URL="static/",
        USE_TZ=True,
    )
    django.setup()
    return ".".join(str(part) for part in django.VERSION[:2])

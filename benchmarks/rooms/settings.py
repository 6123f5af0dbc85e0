"""One site twice: with django-ahead and with Channels, by ASGI module. Groups are in memory or in Redis."""

from __future__ import annotations

import os

SECRET_KEY = "for benchmarks only"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "rooms.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django_ahead"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if redis := os.environ.get("BENCH_REDIS"):
    layer = "django_ahead.websocket.layers.redis.RedisLayer"
    AHEAD_WEBSOCKET = {"LAYERS": {"default": {"BACKEND": layer, "OPTIONS": {"url": redis}}}}
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis]}}
    }
else:
    AHEAD_WEBSOCKET = {"LAYERS": {"default": {"BACKEND": "django_ahead.websocket.layers.memory.MemoryLayer"}}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

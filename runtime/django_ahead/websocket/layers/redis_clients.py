"""Clients of Redis that never wait for long: the defaults of redis-py try an unreachable server for many seconds."""

from __future__ import annotations

import asyncio
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

ERRORS = (redis.RedisError, OSError, asyncio.TimeoutError)
# One more try, at once: a connection of before a restart of Redis fails once.
_TRIES = 1
_TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 2, "socket_keepalive": True}


def for_publishing(url: str, options: dict[str, Any]) -> redis.asyncio.Redis:
    """A client of an event loop, with one connection."""
    given: dict[str, Any] = {**_TIMEOUTS, "retry": AsyncRetry(NoBackoff(), _TRIES), **options}
    return redis.asyncio.Redis.from_url(url, max_connections=2, **given)


def for_subscribing(url: str, options: dict[str, Any]) -> redis.asyncio.Redis:
    """A client whose connection waits for messages, and which leaves it to others to connect again."""
    given: dict[str, Any] = {**_TIMEOUTS, "socket_timeout": None, "retry": AsyncRetry(NoBackoff(), 0), **options}
    return redis.asyncio.Redis.from_url(url, max_connections=2, **given)


def for_sync_code(url: str, options: dict[str, Any]) -> redis.Redis:
    """A client for threads, which has a connection for each that publishes at the same time."""
    given: dict[str, Any] = {**_TIMEOUTS, "retry": Retry(NoBackoff(), _TRIES), **options}
    return redis.Redis.from_url(url, **given)

"""Which sites may open WebSockets: browsers let any page connect to any server, with its cookies, and say who asks.

The rule is that of AllowedHostsOriginValidator of Channels, and CSRF_TRUSTED_ORIGINS besides.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils.http import is_same_domain

from django_ahead.conf import websocket_settings

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_LOCAL = [".localhost", "127.0.0.1", "[::1]"]


def refusal(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Why a handshake with these headers is refused; None if it is not."""
    origins = {value.decode("latin-1") for name, value in headers if name.lower() == b"origin"}
    if not origins:
        return "There is no Origin." if websocket_settings().require_origin else None
    if len(origins) > 1:
        return "There is more than one Origin."
    origin = origins.pop()
    return None if _is_allowed(origin) else f"The Origin {origin!r} is not allowed."


def _is_allowed(origin: str) -> bool:
    try:
        parts = urlsplit(origin.lower())
        host, port = parts.hostname, _port(parts)
    except ValueError:
        return False
    allowed = websocket_settings().origins
    if allowed is not None:
        return any(pattern == "*" or (host and _matches(parts, port, pattern)) for pattern in allowed)
    hosts = _allowed_hosts()
    if "*" in hosts:
        return True
    if not host:
        return False
    return validate_host(_bracketed(host), hosts) or any(
        _matches(parts, port, pattern) for pattern in settings.CSRF_TRUSTED_ORIGINS
    )


def _matches(origin: SplitResult, port: int | None, pattern: str) -> bool:
    """`example.com`, `.example.com`, `https://example.com:8443`, `https://.example.com` or `https://*.example.com`.

    A pattern with a scheme is for that scheme and port only."""
    if "//" not in pattern:
        pattern = f"//{pattern}"
    wanted = urlsplit(pattern.lower())
    host = (wanted.hostname or "").removeprefix("*")
    if not host or not is_same_domain(origin.hostname or "", host):
        return False
    return not wanted.scheme or (wanted.scheme, _port(wanted)) == (origin.scheme, port)


def _port(parts: SplitResult) -> int | None:
    return parts.port if parts.port is not None else _PORTS.get(parts.scheme)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _allowed_hosts() -> list[str]:
    return _LOCAL if settings.DEBUG and not settings.ALLOWED_HOSTS else list(settings.ALLOWED_HOSTS)


def host_refusal(scope: dict[str, Any]) -> str | None:
    """Why the Host of a handshake is refused, as Django refuses requests to it; None if it is not."""
    wanted = b"x-forwarded-host" if settings.USE_X_FORWARDED_HOST else b"host"
    headers = dict(scope.get("headers", ()))
    given = (headers.get(wanted) or headers.get(b"host") or b"").decode("latin-1").lower()
    if not given:
        return None
    try:
        host = urlsplit(f"//{given}").hostname or ""
    except ValueError:
        host = ""
    return None if host and validate_host(_bracketed(host), _allowed_hosts()) else f"The Host {given!r} is not allowed."

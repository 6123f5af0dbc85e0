"""Which handshakes are refused for their Origin or Host."""

from __future__ import annotations

from typing import Any

from django.test import SimpleTestCase, override_settings

from django_ahead.websocket.origin import host_refusal, refusal


def allowed(origin: str | None, **settings: Any) -> bool:
    with override_settings(**settings):
        return refusal([] if origin is None else [(b"origin", origin.encode("latin-1"))]) is None


HOSTS = ["example.com", ".wild.example", "[::1]"]
TRUSTED = ["https://app.trusted.example", "https://*.trusting.example:8443"]


class Origin(SimpleTestCase):
    def test_hosts_of_the_site(self) -> None:
        for origin, expected in (
            ("http://example.com", True),
            ("https://example.com:8443", True),
            ("HTTPS://EXAMPLE.COM", True),
            ("https://wild.example", True),
            ("https://a.b.wild.example", True),
            ("http://[::1]:8000", True),
            ("https://app.trusted.example", True),
            ("https://app.trusted.example:443", True),
            ("https://x.trusting.example:8443", True),
            ("http://app.trusted.example", False),
            ("https://app.trusted.example:444", False),
            ("https://trusted.example", False),
            ("https://x.trusting.example", False),
            ("https://evil.example", False),
            ("https://example.com.evil.example", False),
            ("https://notexample.com", False),
            ("https://example.com@evil.example", False),
            ("https://evil.example/example.com", False),
            ("https://evilwild.example", False),
            ("null", False),
            ("", False),
            ("example.com", False),
            ("https://", False),
            ("https://[", False),
            ("https://example.com:99999", False),
            ("https://example.com, https://evil.example", False),
            ("https://ex\xe4mple.com", False),
            (None, False),
        ):
            with self.subTest(origin):
                self.assertIs(allowed(origin, ALLOWED_HOSTS=HOSTS, CSRF_TRUSTED_ORIGINS=TRUSTED), expected)

    def test_two_origins(self) -> None:
        with override_settings(ALLOWED_HOSTS=HOSTS):
            self.assertIsNotNone(refusal([(b"origin", b"http://example.com"), (b"Origin", b"http://evil.example")]))

    def test_setting_replaces_hosts(self) -> None:
        origins = ["https://one.example", "two.example", ".three.example", "https://.four.example:8443"]
        for origin, expected in (
            ("https://one.example", True),
            ("http://one.example", False),
            ("https://a.one.example", False),
            ("http://two.example:81", True),
            ("https://a.three.example", True),
            ("https://a.four.example:8443", True),
            ("https://a.four.example", False),
            ("https://example.com", False),
            ("null", False),
            (None, False),
        ):
            with self.subTest(origin):
                given = {"ALLOWED_HOSTS": HOSTS, "AHEAD_WEBSOCKET": {"ORIGINS": origins}}
                self.assertIs(allowed(origin, **given), expected)
        self.assertTrue(allowed("https://evil.example", AHEAD_WEBSOCKET={"ORIGINS": ["*"]}))
        self.assertFalse(allowed("http://testserver", AHEAD_WEBSOCKET={"ORIGINS": []}))

    def test_clients_that_are_no_browsers(self) -> None:
        settings = {"ALLOWED_HOSTS": HOSTS, "AHEAD_WEBSOCKET": {"REQUIRE_ORIGIN": False}}
        self.assertTrue(allowed(None, **settings))
        self.assertFalse(allowed("https://evil.example", **settings))

    def test_debug(self) -> None:
        for origin, expected in (
            ("http://localhost:3000", True),
            ("http://a.localhost", True),
            ("http://127.0.0.1:8000", True),
            ("http://example.com", False),
        ):
            self.assertIs(allowed(origin, DEBUG=True, ALLOWED_HOSTS=[]), expected)
            self.assertFalse(allowed(origin, DEBUG=False, ALLOWED_HOSTS=[]))
        self.assertTrue(allowed("https://evil.example", ALLOWED_HOSTS=["*"]))

    def test_host(self) -> None:
        for headers, expected in (
            ([(b"host", b"example.com:8000")], True),
            ([(b"host", b"[::1]:80")], True),
            ([], True),
            ([(b"host", b"evil.example")], False),
            ([(b"host", b"[")], False),
            ([(b"host", b"evil.example"), (b"x-forwarded-host", b"example.com")], False),
        ):
            with self.subTest(headers), override_settings(ALLOWED_HOSTS=HOSTS):
                self.assertIs(host_refusal({"headers": headers}) is None, expected)
        with override_settings(ALLOWED_HOSTS=HOSTS, USE_X_FORWARDED_HOST=True):
            self.assertIsNone(
                host_refusal({"headers": [(b"host", b"inner"), (b"x-forwarded-host", b"example.com")]}),
            )

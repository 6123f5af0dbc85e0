"""A live server with WebSockets, for tests with a browser or another real client."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.exceptions import ImproperlyConfigured
from django.test import TransactionTestCase, modify_settings
from django.utils.module_loading import import_string

_SECONDS = 20


class ASGILiveServerTestCase(TransactionTestCase):
    """Serves the application of ASGI_APPLICATION with uvicorn, in a thread: `live_server_url`, `live_server_ws_url`.

    What the tests have saved is seen by the server, as in LiveServerTestCase. Needs `pip install uvicorn websockets`.
    """

    host: ClassVar[str] = "localhost"
    port: ClassVar[int] = 0
    # Whether the server has the files of staticfiles, as runserver has.
    serve_static: ClassVar[bool] = True

    _server: ClassVar[Any]
    _thread: ClassVar[threading.Thread]
    _allowed: ClassVar[Any]

    @property
    def live_server_url(self) -> str:
        return f"http://{self.host}:{self._port()}"

    @property
    def live_server_ws_url(self) -> str:
        return f"ws://{self.host}:{self._port()}"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._allowed = modify_settings(ALLOWED_HOSTS={"append": cls.host})
        cls._allowed.enable()
        cls.addClassCleanup(cls._allowed.disable)
        import uvicorn

        config = uvicorn.Config(cls._application(), cls.host, cls.port, lifespan="on", log_level="warning")
        cls._server = uvicorn.Server(config)
        cls._thread = threading.Thread(target=lambda: asyncio.run(cls._server.serve()), name=cls.__name__)
        cls._thread.start()
        cls.addClassCleanup(cls._stop)
        cls._wait_until_started()

    @classmethod
    def _application(cls) -> Any:
        path = getattr(settings, "ASGI_APPLICATION", None)
        if not path:
            raise ImproperlyConfigured("ASGILiveServerTestCase serves ASGI_APPLICATION, which is not set.")
        application = import_string(path)
        return ASGIStaticFilesHandler(application) if cls.serve_static and settings.STATIC_URL else application

    @classmethod
    def _wait_until_started(cls) -> None:
        until = time.monotonic() + _SECONDS
        while not cls._server.started:
            if not cls._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("The server did not start.")
            time.sleep(0.01)

    @classmethod
    def _port(cls) -> int:
        return int(cls._server.servers[0].sockets[0].getsockname()[1])

    @classmethod
    def _stop(cls) -> None:
        cls._server.should_exit = True
        cls._thread.join(_SECONDS)

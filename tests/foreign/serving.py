"""Applications of others behind real servers on loopback, which can be stopped for good.

The log of the requests stands outside the application: it is what a cassette is counted against.
"""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from waitress import wasyncore  # type: ignore[import-untyped]  # ships no types
from waitress.server import create_server  # type: ignore[import-untyped]  # as above
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

__all__ = ["Moto", "Served", "Waitress"]

Application = Any  # a WSGI application; its types are known to type checkers alone (PEP 3333)


class Served(ABC):
    """A WSGI application behind a server, which is there inside of ``with`` and gone after it."""

    def __init__(self, application: Application) -> None:
        self.log: list[str] = []
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.log.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return self._application(environ, start_response)  # type: ignore[no-any-return]  # PEP 3333

    @property
    @abstractmethod
    def url(self) -> str:
        """Scheme, host and port."""

    @abstractmethod
    def serve(self) -> None:
        """Serves until it is stopped."""

    @abstractmethod
    def stop(self) -> None:
        """Makes `serve` come to its end."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()


class Waitress(Served):
    """waitress; what httpbin does to the process's dice is undone."""

    def __init__(self, application: Application) -> None:
        super().__init__(application)
        self._dice = random.getstate()
        self._sockets: dict[int, Any] = {}
        self._server: Any = create_server(self, map=self._sockets, host="127.0.0.1", port=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.effective_port}"

    def serve(self) -> None:
        self._server.run()
        self._server.task_dispatcher.shutdown()
        random.setstate(self._dice)

    def stop(self) -> None:
        # Sockets are closed by the thread that waits for them.
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._sockets))


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # werkzeug's name for it
        """What was asked stands in `Served.log`."""


class Moto(Served):
    """moto behind werkzeug, as its ThreadedMotoServer is, and over TLS where there is a context."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(DomainDispatcherApplication(create_backend_app))
        self._scheme = "http" if context is None else "https"
        self._server = make_server(
            "127.0.0.1", 0, self, threaded=True, request_handler=_Quiet, ssl_context=context
        )
        self.busy = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As moto answers; the first `busy` requests are told to slow down, as S3 does under load."""
        if not self.busy:
            return super().__call__(environ, start_response)
        self.busy -= 1
        self.log.append("busy")
        start_response("503 Slow Down", [("Content-Type", "application/xml")])
        return [b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"]

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        self._server.serve_forever(0.05)
        self._server.server_close()

    def stop(self) -> None:
        self._server.shutdown()

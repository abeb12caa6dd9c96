"""Applications of others behind real servers on loopback, which can be stopped for good.

The log of the requests stands outside the application: it is what a cassette is counted against.
"""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore  # type: ignore[import-untyped]  # ships no types
from waitress.server import create_server  # type: ignore[import-untyped]  # as above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Served", "Waitress"]

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

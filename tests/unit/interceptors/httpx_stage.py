"""What the httpx tests stand on: a tape, and six drivers.

A scenario is written once, as a coroutine over a `Facade`; for the sync clients it is driven by hand
and never waits. `Stage` runs it three times: bare, recording, and replaying with sockets cut.
"""

from __future__ import annotations

import inspect
import socket
from collections import deque
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from api_mocker import _runtime, interceptors
from api_mocker._core.exchange import Exchange
from api_mocker.exceptions import NotRecorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator

    from api_mocker._core.model import Failure, Request, Response
    from api_mocker._core.opener import Opener
    from api_mocker.exceptions import ApiMockerError

    Outcome = tuple[Response | None, Failure | None]

__all__ = [
    "Driver",
    "Facade",
    "Stage",
    "Tape",
    "cut",
    "failing",
    "on_every_driver",
    "shown",
    "watched",
]


class Tape:
    """The smallest engine: records in order, or replays what another tape recorded, in order."""

    name = "the tape"

    def __init__(self, recorded: Tape | None = None) -> None:
        self.refusals: list[ApiMockerError] = []
        self.passthrough: tuple[str, ...] = ()
        self.requests: list[Request] = []
        self._outcomes: dict[int, Outcome | None] = {}  # by the request's place, in the order of leaving
        self._left = (
            None if recorded is None else deque(zip(recorded.requests, recorded.outcomes, strict=True))
        )

    @property
    def outcomes(self) -> list[Outcome]:
        """What came of the requests; nothing did of those that are still open."""
        return [outcome for _, outcome in sorted(self._outcomes.items()) if outcome is not None]

    def open(self, request: Request) -> Exchange | None:
        """A live exchange, or the next recorded one, which must be for this very request."""
        if self._left is None:
            self._outcomes[place := len(self._outcomes)] = None
            self.requests.append(request)
            return Exchange(request, outcome=partial(self._done, place))
        if not self._left or self._left[0][0] != request:
            raise NotRecorded(f"nothing recorded for {request!r}")
        self.requests.append(request)
        _, (response, failure) = self._left.popleft()
        return Exchange(request, response=response, failure=failure)

    def _done(
        self, place: int, exchange: Exchange, response: Response | None, failure: Failure | None
    ) -> None:
        if response is None and failure is None:
            self.requests.remove(exchange.request)
        else:
            self._outcomes[place] = (response, failure)


@contextmanager
def watched(engine: Opener) -> Iterator[None]:
    """Seams laid, and `engine` asked about every request of this context."""
    with ExitStack() as stack:
        interceptors.install()
        stack.callback(interceptors.uninstall)
        activation = _runtime.Activation(engine)
        activation.enter()
        stack.callback(activation.leave)
        yield


@contextmanager
def cut() -> Iterator[None]:
    """No socket connects and no name resolves; a try is an error of its own kind."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    with ExitStack() as stack:
        for owner, name in (
            (socket.socket, "connect"),
            (socket.socket, "connect_ex"),
            (socket, "getaddrinfo"),
        ):
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, refuse)
        yield


class Facade:
    """One client, sync or async, spoken to in one way."""

    def __init__(self, client: Any, module: Any) -> None:  # Any: of either module, sync or async
        self.client = client
        self.module = module
        self.is_async = isinstance(client, module.AsyncClient)

    async def send(self, method: str, url: str, **options: Any) -> Any:
        """A whole request, as ``client.request``."""
        return await self._settle(self.client.request(method, url, **options))

    async def send_request(self, request: Any) -> Any:
        """A request that was built before, as ``client.send``."""
        return await self._settle(self.client.send(request))

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Any) -> AsyncIterator[Any]:
        """``client.stream``."""
        if self.is_async:
            async with self.client.stream(method, url, **options) as response:
                yield response
        else:
            with self.client.stream(method, url, **options) as response:
                yield response

    async def each(self, response: Any, way: str = "raw") -> AsyncIterator[Any]:
        """``iter_raw``, ``iter_bytes``, ``iter_lines``, or their async twins."""
        if self.is_async:
            async for item in getattr(response, f"aiter_{way}")():
                yield item
        else:
            for item in getattr(response, f"iter_{way}")():
                yield item

    async def take(self, response: Any, into: list[Any], way: str = "raw") -> None:
        """Everything, into a list that holds what arrived when it breaks off."""
        async for item in self.each(response, way):
            into.append(item)  # noqa: PERF401 - a comprehension would lose it

    async def _settle(self, value: Any) -> Any:
        return await value if inspect.isawaitable(value) else value

    def upload(self, *chunks: bytes) -> Any:
        """A one-shot upload: a generator, or an async generator."""

        async def later() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        return later() if self.is_async else (chunk for chunk in chunks)


class Driver:
    """One of the six ways to run a scenario."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.library, self.backend = name.split("-")

    @property
    def module(self) -> Any:  # Any: either module
        if self.backend == "trio":
            pytest.importorskip("trio")
        return pytest.importorskip(self.library)

    def run(self, scenario: Callable[[Facade], Coroutine[Any, Any, Any]], **options: Any) -> Any:
        """What `scenario` returns, run over a fresh client made with `options`."""
        module = self.module
        # Reading the system's certificates is what takes the time when a client is made.
        options = {"trust_env": False, "timeout": 5, "verify": False, **options}
        if "proxy" in options and "proxy" not in inspect.signature(module.Client).parameters:
            options["proxies"] = options.pop("proxy")  # its name before httpx 0.26
        if self.backend == "sync":
            with module.Client(**options) as client:
                running = scenario(Facade(client, module))
                try:
                    running.send(None)
                except StopIteration as end:
                    return end.value
                raise AssertionError("a scenario over a sync client waits for nothing")

        async def over() -> Any:
            async with module.AsyncClient(**options) as client:
                return await scenario(Facade(client, module))

        return anyio.run(over, backend=self.backend)


class Stage:
    """Runs a scenario bare, recording and replaying."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.tape = Tape()

    @property
    def module(self) -> Any:  # Any: either module
        """The client's module; the test is skipped where it is not installed."""
        return self.driver.module

    def record(self, scenario: Callable[[Facade], Coroutine[Any, Any, Any]], **options: Any) -> Any:
        """Live, onto a fresh tape."""
        self.tape = Tape()
        with watched(self.tape):
            return self.driver.run(scenario, **options)

    def replay(self, scenario: Callable[[Facade], Coroutine[Any, Any, Any]], **options: Any) -> Any:
        """From the tape, sockets cut; everything recorded must be played."""
        tape = Tape(self.tape)
        with watched(tape), cut():
            result = self.driver.run(scenario, **options)
        assert tape.requests == self.tape.requests
        return result

    def thrice(self, scenario: Callable[[Facade], Coroutine[Any, Any, Any]], **options: Any) -> Any:
        """The result, which must be the same in all three runs."""
        bare = self.driver.run(scenario, **options)
        assert self.record(scenario, **options) == bare
        assert self.replay(scenario, **options) == bare
        return bare


on_every_driver = pytest.mark.parametrize(
    "stage",
    [
        pytest.param(Stage(Driver(name)), id=name)
        for name in (
            f"{library}-{way}" for library in ("httpx", "httpx2") for way in ("sync", "asyncio", "trio")
        )
    ],
)


def shown(response: Any) -> dict[str, Any]:
    """All that a caller can see of a response that was read, but for its connection."""
    return {
        "status": response.status_code,
        "reason": response.reason_phrase,
        "http_version": response.http_version,
        "headers": response.headers.raw,
        "encoding": (response.headers.encoding, response.encoding),
        "content": response.content,
        "cookies": dict(response.cookies),
        "history": [past.status_code for past in response.history],
        "url": str(response.url),
        "extensions": {key for key in response.extensions if key not in ("network_stream", "stream_id")},
        "closed": (response.is_closed, response.is_stream_consumed),
        "elapsed": response.elapsed.total_seconds() >= 0,
        "downloaded": response.num_bytes_downloaded,
    }


async def failing(awaitable: Awaitable[Any]) -> tuple[str, str, str]:
    """The exception that comes of it: class, text, and the URL of the request that it carries."""
    try:
        await awaitable
    except Exception as error:
        request: Any = getattr(error, "request", None)  # Any: of either module
        return type(error).__qualname__, str(error), "" if request is None else str(request.url)
    raise AssertionError("it did not fail")

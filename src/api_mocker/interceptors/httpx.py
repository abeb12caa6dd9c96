"""httpx and httpx2, sync and async: below redirects, auth flows, cookies, decoding and hooks.

The seam is the network transport's one method, on the class: clients made before, mounts, proxies,
wrapping transports and subclasses that call ``super()`` all come by here; ASGI, WSGI and mock
transports never do. One `_Client` per module holds all that is said about a request, an answer or
a failure; the sync and the async seam differ in ``await`` alone.

The laws of this file:

- The client's own request goes out, and its own response comes back with nothing but its stream
  wrapped. A response is built only where there is none: on replay.
- A request body is drained before the decision, outside of `forwarding`: an upload that itself
  fetches is seen. What goes out afterwards is `Upload`, a stream of the same chunks that can be
  sent as often as the client's own: bytes in its place would let a 307 pass where the client
  alone raises ``StreamConsumed``.
- `forwarding` lasts while the original is called, and never over a ``yield``: a generator shares
  its caller's context, so the caller's next request would be taken for a part of this one.
- What says nothing of the peer (a full pool, a proxy's refusal, a cancelled task) ends the exchange
  with neither response nor failure: it is not recorded.

On replay there is no connection to speak of: ``response.extensions`` has no ``network_stream`` and
no ``stream_id``, and a ``trace`` among the request's extensions is not called.
"""

from __future__ import annotations

import functools
import importlib
import socket
import ssl
from typing import TYPE_CHECKING, Any

from .._core.model import Failure, Headers, Request, Response
from .._runtime import begin, forwarding, refuse, watching
from ..exceptions import UsageError
from ._answers import settle, settle_async
from ._httpx_streams import AsyncReplay, AsyncTee, Replay, Tee, Upload, checkpoint
from ._seam import Seam

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import ModuleType

    # httpx2 kept the surface used here, so one set of names types both.
    import httpx

    from .._core.exchange import Exchange
    from .._core.model import FailureKind

__all__ = ["CLIENTS", "seams"]

CLIENTS: Mapping[str, str] = {"httpx": "0.25.2", "httpx2": "2.0.0"}
"""The import names served here, each with its oldest supported release."""

_SCHEMES = frozenset({"http", "https", "ws", "wss"})
"""What the transport takes; anything else it refuses by itself, before the network."""

_RAISED: Mapping[FailureKind, str] = {
    "connect_timeout": "ConnectTimeout",
    "read_timeout": "ReadTimeout",
    "refused": "ConnectError",
    "dns": "ConnectError",
    "tls": "ConnectError",
    "reset": "ReadError",
    "protocol": "RemoteProtocolError",
    "closed_early": "RemoteProtocolError",
}
"""The class that this client raises for a failure."""

_MEANT: Mapping[str, FailureKind] = {
    "ConnectTimeout": "connect_timeout",
    "ReadTimeout": "read_timeout",
    "ConnectError": "refused",
    "ReadError": "reset",
    "WriteError": "reset",
    "RemoteProtocolError": "protocol",
}
"""What a class that this client raised says of the peer. What is not here says nothing of it
(a full pool, a proxy, a request that may not be written) and is not recorded."""

_CAUSES: tuple[tuple[type[Exception], FailureKind], ...] = ((ssl.SSLError, "tls"), (socket.gaierror, "dns"))
"""What a ``ConnectError`` says more closely, by the error it came from."""

_UNSENT: frozenset[FailureKind] = frozenset({"connect_timeout", "refused", "dns", "tls"})
"""Failures before the first byte of the request: its body is still there to be sent."""


def seams(client: str) -> tuple[Seam, ...]:
    """The seams of the module imported as `client`.

    They are equal for equal modules: where ``httpx2.alias_httpx()`` made both names one module,
    both names give the same seams, to be laid once.
    """
    return _seams(importlib.import_module(client))


@functools.cache
def _seams(module: ModuleType) -> tuple[Seam, ...]:
    client = _Client(module)
    return (
        Seam(module.HTTPTransport, "handle_request", functools.partial(_sync, client)),
        Seam(module.AsyncHTTPTransport, "handle_async_request", functools.partial(_async, client)),
    )


def _sync(client: _Client, original: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    @functools.wraps(original)
    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if not watching() or request.url.scheme not in _SCHEMES:
            return original(transport, request)
        exchange = client.opened(request, list(request.stream))  # type: ignore[arg-type]  # sync here
        if exchange is None:
            return original(transport, request)
        if not exchange.live:
            settle(exchange, _read_timeout(request))
            return client.replayed(exchange, request, client.replay)
        try:
            with forwarding(recorded=True):
                response = original(transport, request)
        except BaseException as error:
            client.broke(exchange, error)
            raise
        if response.status_code == 101:
            response.close()
            raise refuse(_switched(exchange))
        return client.teed(exchange, response, client.tee)

    return handle_request


def _async(
    client: _Client, original: Callable[..., Awaitable[httpx.Response]]
) -> Callable[..., Awaitable[httpx.Response]]:
    @functools.wraps(original)
    async def handle_async_request(
        transport: httpx.AsyncHTTPTransport, request: httpx.Request
    ) -> httpx.Response:
        if not watching() or request.url.scheme not in _SCHEMES:
            return await original(transport, request)
        exchange = client.opened(request, [chunk async for chunk in request.stream])  # type: ignore[union-attr]  # async here
        if exchange is None:
            return await original(transport, request)
        if not exchange.live:
            await checkpoint()
            await settle_async(exchange, _read_timeout(request))
            return client.replayed(exchange, request, client.areplay)
        try:
            with forwarding(recorded=True):
                response = await original(transport, request)
        except BaseException as error:
            client.broke(exchange, error)
            raise
        if response.status_code == 101:
            await response.aclose()
            raise refuse(_switched(exchange))
        return client.teed(exchange, response, client.atee)

    return handle_async_request


def _switched(exchange: Exchange) -> UsageError:
    exchange.ended(truncated=True)
    return UsageError(
        f"{exchange.request!r} switched protocols (101): what follows is no HTTP exchange and cannot "
        f"be recorded. Name the host in `passthrough` to let it through."
    )


class _Client:
    """What is said of requests, answers and failures, in the words of one module."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._own = frozenset({module.__name__, "httpcore", "httpcore2"})
        sync, asynchronous = module.SyncByteStream, module.AsyncByteStream
        # Any: classes made for either module; what they do is in _httpx_streams.
        self._upload: Any = type("Upload", (Upload, sync, asynchronous), {})
        self.tee: Any = type("Tee", (Tee, sync), {})
        self.atee: Any = type("AsyncTee", (AsyncTee, asynchronous), {})
        self.replay: Any = type("Replay", (Replay, sync), {})
        self.areplay: Any = type("AsyncReplay", (AsyncReplay, asynchronous), {})

    def opened(self, request: httpx.Request, chunks: list[bytes]) -> Exchange | None:
        """The decision about a request whose body was drained into `chunks`."""
        if not isinstance(request.stream, self._module.ByteStream):
            request.stream = self._upload(request, chunks)
        return begin(lambda: _seen(request, b"".join(chunks)))

    # Any: a stream class, made above.
    def teed(self, exchange: Exchange, response: httpx.Response, tee: Any) -> httpx.Response:
        """The live response, its stream reporting to the exchange."""
        exchange.began(_head(response))
        broke = functools.partial(self.broke, exchange, began=True)
        response.stream = tee(exchange, response.stream, broke)
        return response

    # Any: a stream class, made above.
    def replayed(self, exchange: Exchange, request: httpx.Request, stream: Any) -> httpx.Response:
        """The response that the exchange holds; raises its failure where it holds none."""
        failure, response = exchange.failure, exchange.response
        if (own := exchange.own_error(self._own)) is not None:
            raise own
        if isinstance(request.stream, Upload) and (failure is None or failure.kind not in _UNSENT):
            request.stream.spend()
        if response is None:
            assert failure is not None  # noqa: S101 - an exchange that is not live has one or both
            raise self.raised(failure)
        built: httpx.Response = self._module.Response(
            response.status,
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers],
            stream=stream(response, failure and self.raised(failure), exchange.read_on),
            extensions=_extensions(response),
        )
        return built

    def raised(self, failure: Failure) -> Exception:
        """The failure as this client raises it; the request is attached by the client itself."""
        error: Exception = getattr(self._module, _RAISED[failure.kind])(failure.message)
        return error

    def broke(self, exchange: Exchange, error: BaseException, *, began: bool = False) -> None:
        """Reports that the original raised: a failure of the peer, or the caller's own end of it."""
        for name, kind in _MEANT.items():
            if isinstance(error, getattr(self._module, name)):
                exchange.failed(Failure(_refined(kind, error, began=began), str(error)))
                return
        exchange.ended(truncated=True)


def _read_timeout(request: httpx.Request) -> float | None:
    timeout: Mapping[str, float | None] = request.extensions.get("timeout", {})
    return timeout.get("read")


def _seen(request: httpx.Request, body: bytes) -> Request:
    # The URL as it goes out: without userinfo (it travels as a header) and without fragment.
    url = request.url
    place = f"{url.scheme}://{url.netloc.decode('ascii')}{url.raw_path.decode('ascii')}"
    return Request(request.method, place, _headers(request.headers), body)


def _head(response: httpx.Response) -> Response:
    extensions = response.extensions
    return Response(
        response.status_code,
        _headers(response.headers),
        reason=extensions.get("reason_phrase", b"").decode("latin-1"),
        http_version=extensions.get("http_version", b"HTTP/1.1").decode("ascii"),
    )


def _headers(headers: httpx.Headers) -> Headers:
    return Headers.of((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _extensions(response: Response) -> dict[str, bytes]:
    extensions = {"http_version": response.http_version.encode("ascii")}
    # HTTP/2 has no reason phrase (RFC 9113 section 8.3.2): without the key the client names its own.
    if response.reason or response.http_version.startswith("HTTP/1"):
        extensions["reason_phrase"] = response.reason.encode("latin-1")
    return extensions


def _refined(kind: FailureKind, error: BaseException, *, began: bool) -> FailureKind:
    if kind == "protocol" and began:
        return "closed_early"
    if kind == "refused":
        cause: BaseException | None = error
        while cause is not None:
            for origin, closer in _CAUSES:
                if isinstance(cause, origin):
                    return closer
            cause = cause.__cause__ or cause.__context__
    return kind

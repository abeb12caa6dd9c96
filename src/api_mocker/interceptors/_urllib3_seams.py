"""The seams of urllib3: what happens to one request on one connection.

The strategy of this file:

- In a watched context ``connect`` is only promised, and kept once a live call is really made. Its
  errors are raised where the pool turns them into what they would have been in ``connect``.
- ``request`` is first done on a `_Draft`, a connection of urllib3's own that writes its head down:
  what is matched and recorded is what would be on the wire. The body was drained before, once; what
  goes out afterwards has the same chunks and the same framing.
- A replayed response is read by ``getresponse`` on that draft. The connection itself stays as it
  was, closed or kept alive, so nothing that is not real ever gets into a pool.
- A live response is watched below http.client's response (see ``_http1``), for urllib3 reads inside
  ``getresponse`` what it preloads, and chunks from the file itself.

What a subclass adds in ``putheader`` or ``send``, below ``request``, is sent and not seen.
"""

from __future__ import annotations

import http.client
import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.request import body_to_chunks
from urllib3.util.ssl_ import resolve_cert_reqs
from urllib3.util.timeout import Timeout

from .._runtime import begin, forwarding, is_forwarding, only_looking, refuse, watching
from ..exceptions import UsageError
from ._answers import settle
from ._http1 import Reply, watched
from ._http1_request import Origin, written
from ._seam import Seam
from ._urllib3_failures import UNREACHED, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import BaseHTTPResponse, HTTPResponse

    from .._core.exchange import Exchange
    from .._core.model import Request

__all__ = ["seams"]

_TURN = "_api_mocker_turn"  # on a connection, between request() and getresponse()
_PROMISED = "_api_mocker_promised"  # on a connection whose connect() is put off

_OUTLIVED = (BrokenPipeError, ConnectionResetError)
"""Errors of sending after which the pool still tries to read an answer."""

_TIMEOUT_AT = 7
"""Where ``timeout`` stands among the arguments of ``HTTPConnectionPool.urlopen``."""

_OWN = frozenset({"urllib3"})
"""The library whose exceptions may be raised here as they are."""

_read_timeout: ContextVar[float | None] = ContextVar("api_mocker_read_timeout", default=None)

_SECURE: type[HTTPSConnection] = next(
    cls for cls in HTTPSConnection.__mro__ if cls.__module__ == HTTPConnection.__module__
)
"""urllib3's HTTPS connection; its HTTP/2 puts another class under that name."""


class _Paper:
    """The socket of a draft: of what is sent it keeps the head, which comes first and in one piece."""

    head = b""

    def sendall(self, data: bytes) -> None:
        self.head = self.head or data

    def settimeout(self, timeout: float | None) -> None:
        pass


class _Draft(HTTPConnection):
    """A connection to the same place as `conn`, on paper; it has urllib3's word on what is sent."""

    def __init__(self, conn: HTTPConnection) -> None:
        super().__init__(conn.host, conn.port, blocksize=conn.blocksize)
        self.debuglevel = 0  # the live request tells it, once
        vars(self).update(default_port=conn.default_port, response_class=conn.response_class)
        self.scheme = "https" if isinstance(conn, _SECURE) else "http"
        # No public name tells the target of a tunnel that was made before.
        if conn._tunnel_host is not None:  # noqa: SLF001
            self.set_tunnel(conn._tunnel_host, conn._tunnel_port)  # noqa: SLF001
        self.paper = _Paper()
        vars(self)["sock"] = self.paper

    def seen(self, body: Any) -> Request:  # Any: whatever _drained left
        """The request that was written, and where it goes; never the proxy it goes through."""
        origin = Origin(self.scheme, self._tunnel_host or self.host, self._tunnel_port or self.port)
        return written(self.paper.head, _bytes(body), origin)


@dataclass(slots=True)
class _Turn:
    """What ``request`` found out, for ``getresponse`` to carry out."""

    draft: _Draft
    exchange: Exchange | None
    error: BaseException | None = None  # of keeping the promise to connect, or declared


def _urlopen(original: Callable[..., BaseHTTPResponse]) -> Callable[..., BaseHTTPResponse]:
    @wraps(original)
    def urlopen(pool: HTTPConnectionPool, *args: Any, **options: Any) -> BaseHTTPResponse:  # Any: passed on
        if not watching():
            return original(pool, *args, **options)
        _refuse(pool.ConnectionCls)  # here, before it connects
        token = _read_timeout.set(_timeout_of(pool, args, options))
        try:
            return original(pool, *args, **options)
        finally:
            _read_timeout.reset(token)

    return urlopen


# Any: passed on
def _timeout_of(pool: HTTPConnectionPool, args: tuple[Any, ...], options: Mapping[str, Any]) -> float | None:
    """Seconds that ``urlopen`` lets the answer take; on a connection that is not open they are never set."""
    given = args[_TIMEOUT_AT] if len(args) > _TIMEOUT_AT else options.get("timeout", pool.timeout)
    if given is None or isinstance(given, int | float):
        return given
    timeout = (given if isinstance(given, Timeout) else pool.timeout).read_timeout
    return timeout if isinstance(timeout, int | float) else None


def _connect(original: Callable[[HTTPConnection], None]) -> Callable[[HTTPConnection], None]:
    @wraps(original)
    def connect(conn: HTTPConnection) -> None:
        unusual = _connects(type(conn)) not in (HTTPConnection, _SECURE)
        if not watching() or (unusual and only_looking()):
            original(conn)
            return
        if unusual:
            raise refuse(_unsupported(type(conn)))
        vars(conn)[_PROMISED] = True
        if isinstance(conn, _SECURE):
            _promise(conn)

    return connect


def _promise(conn: HTTPSConnection) -> None:
    """What urllib3 warns about is settled by the connection's settings, not by connecting."""
    conn.is_verified = _verifies(conn.cert_reqs, conn.assert_fingerprint)
    if conn.proxy is None:
        return
    config = conn.proxy_config
    context = config.ssl_context if config else None
    conn.proxy_is_verified = conn.proxy.scheme == "https" and _verifies(
        context.verify_mode if context else conn.cert_reqs, config.assert_fingerprint if config else None
    )
    if conn._tunnel_host is None:  # noqa: SLF001 - its public name is younger than the oldest release served
        conn.is_verified = (
            conn.proxy_is_verified
        )  # a proxy that forwards is all that is seen of the other side


def _verifies(cert_reqs: int | str | None, fingerprint: str | None) -> bool:
    return resolve_cert_reqs(cert_reqs) == ssl.CERT_REQUIRED or bool(fingerprint)


def _request(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def request(
        conn: HTTPConnection,
        method: str,
        url: str,
        body: Any = None,  # Any, here and below: what urllib3 takes
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        if not is_forwarding():  # else the turn is that of a seam above
            vars(conn).pop(_TURN, None)
        if not watching():
            original(conn, method, url, body, headers, **options)
            return
        _refuse(type(conn))
        body = _drained(body, method, conn.blocksize)
        draft = _Draft(conn)
        with forwarding():
            original(draft, method, url, body, headers, **options)
        exchange = begin(lambda: draft.seen(body))
        turn = _Turn(draft, exchange)
        if exchange is None or exchange.live:
            _send(conn, turn, lambda: original(conn, method, url, body, headers, **options))
        else:
            _answer(conn, turn, exchange)

    return request


def _answer(conn: HTTPConnection, turn: _Turn, exchange: Exchange) -> None:
    """Puts the recorded answer where ``getresponse`` reads it, or fails as the connection did."""
    settle(exchange, _read_timeout.get())
    own = exchange.own_error(_OWN)
    if own is not None:
        vars(conn)[_TURN] = _Turn(turn.draft, exchange, own)
        return
    failed = exchange.failure
    if failed is not None:
        unreached = UNREACHED.get(failed.kind)
        if unreached is None or exchange.is_declared:
            # Else the pool would blame the proxy, if this machine has one. Its public name cannot be set.
            conn._has_connected_to_proxy = conn.proxy is not None  # noqa: SLF001
        if unreached is not None:
            raise unreached(conn, failed.message)
    vars(turn.draft)["sock"] = Reply(exchange.response, failed, exchange.read_on)
    vars(conn)[_TURN] = turn


def _send(conn: HTTPConnection, turn: _Turn, send: Callable[[], None]) -> None:
    """Connects if that was promised, and sends."""
    vars(conn)[_TURN] = turn
    with forwarding(recorded=turn.exchange is not None):
        if vars(conn).pop(_PROMISED, False) and conn.sock is None:
            try:
                conn.connect()
            except Exception as error:  # noqa: BLE001 - raised again, in getresponse
                turn.error = error
                _broke(conn, turn.exchange, error)
                return
        try:
            send()
        except _OUTLIVED:
            raise
        except Exception as error:
            _broke(conn, turn.exchange, error)
            raise


def _getresponse(
    original: Callable[[HTTPConnection], HTTPResponse],
) -> Callable[[HTTPConnection], HTTPResponse]:
    @wraps(original)
    def getresponse(conn: HTTPConnection) -> HTTPResponse:
        turn: _Turn | None = vars(conn).pop(_TURN, None)
        if turn is None:
            return original(conn)
        if turn.error is not None:
            raise turn.error
        with forwarding():
            if turn.exchange is None:
                return original(conn)
            if not turn.exchange.live:
                return original(turn.draft)
            return _watching(conn, turn.exchange, original)

    return getresponse


def _watching(
    conn: HTTPConnection, exchange: Exchange, original: Callable[[HTTPConnection], HTTPResponse]
) -> HTTPResponse:
    """The live response, reporting to `exchange` what is taken from it."""
    own = vars(conn).get("response_class")
    vars(conn)["response_class"] = watched(conn.response_class, exchange)
    try:
        return original(conn)
    except Exception as error:
        _broke(conn, exchange, error)  # counts only where the body did not end before
        raise
    finally:
        if own is None:
            vars(conn).pop("response_class", None)
        else:
            vars(conn)["response_class"] = own


def _broke(conn: HTTPConnection, exchange: Exchange | None, error: Exception) -> None:
    if exchange is None:
        return
    failed = failure_of(conn, error)
    if failed is None:  # our side's doing: it says nothing of the peer
        exchange.ended(truncated=True)
    else:
        exchange.failed(failed)


def _drained(body: Any, method: str, blocksize: int) -> Any:
    """`body`, to be sent as often as needed: what can be read only once becomes a list of its chunks."""
    chunks, length = body_to_chunks(body, method, blocksize)
    return body if chunks is None or length is not None else list(chunks)


def _bytes(body: Any) -> bytes:
    """What of a drained body goes over the wire, without framing."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, list):
        return b"".join(map(_bytes, body))
    return body if isinstance(body, bytes) else memoryview(body).tobytes()


def _refuse(cls: type) -> None:
    """UsageError for a connection that would reach the network past the seams."""
    if only_looking():
        return
    if not issubclass(cls, HTTPConnection) or (
        # Plain ones connect when they send, and then it was decided.
        issubclass(cls, _SECURE) and _connects(cls) is not _SECURE
    ):
        raise refuse(_unsupported(cls))


def _connects(cls: type) -> type:
    """The class whose ``connect`` it is."""
    return next(owner for owner in cls.__mro__ if "connect" in vars(owner))


def _unsupported(cls: type) -> UsageError:
    name = f"{cls.__module__}.{cls.__qualname__}"
    return UsageError(
        f"{name} does not connect as urllib3's own connections do, so it would reach the network before "
        f"api-mocker has decided about the request. HTTP/2 in urllib3 is not supported; a class of your own may "
        f"override _new_conn() instead of connect(), or be used outside of cassettes and mocks."
    )


def seams() -> tuple[Seam, ...]:
    """The seams; UsageError where another library has taken urllib3's name, or its place."""
    if http.client.HTTPConnection not in HTTPConnection.__mro__:
        raise UsageError(
            f"what is imported as urllib3 here ({getattr(urllib3, '__version__', '?')}) does not stand on http.client, "
            f"as urllib3-future and urllib3 on Emscripten do not: its requests would not be intercepted. "
            f"Install urllib3 itself."
        )
    return (
        Seam(HTTPConnection, "connect", _connect),
        Seam(_SECURE, "connect", _connect),
        Seam(HTTPConnection, "request", _request),
        Seam(HTTPConnection, "getresponse", _getresponse),
        Seam(HTTPConnectionPool, "urlopen", _urlopen),
    )

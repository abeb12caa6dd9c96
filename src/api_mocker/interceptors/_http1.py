"""An HTTP/1 response under `http.client`: served as bytes, or watched while it is read.

The law of this file: http.client and whatever stands on it parse for real. A recorded response is
written out as the bytes of a wire and read from there, lazily, in its recorded chunks; a live one
is watched at the file that http.client reads, above its buffer, so that nothing is read ahead and
what counts is what was taken. Framing (RFC 9112 sections 6 and 7) is put on and taken off here.
"""

from __future__ import annotations

import errno
import io
import re
import ssl
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol

from .._core.model import Failure, Headers, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from http.client import HTTPResponse

    from .._core.exchange import Exchange
    from .._core.model import FailureKind

    ReadOn = Callable[[], None]

__all__ = ["Reply", "failure", "reason", "watched"]

_KINDS: tuple[tuple[type[Exception], FailureKind], ...] = (
    (TimeoutError, "read_timeout"),
    (ssl.SSLError, "tls"),
    (HTTPException, "protocol"),  # before OSError: RemoteDisconnected is both
    (OSError, "reset"),
)
"""What an exception on an open connection says of the peer; the first row that fits counts."""

_RAISED: Mapping[FailureKind, Callable[[str], Exception]] = {
    "read_timeout": lambda message: TimeoutError(message or "timed out"),
    "reset": lambda message: ConnectionResetError(errno.ECONNRESET, message or "Connection reset by peer"),
    "tls": lambda message: (
        ssl.SSLCertVerificationError if "CERTIFICATE_VERIFY_FAILED" in message else ssl.SSLError
    )(1, message or "TLS failed"),
}
"""What reading raises where a recorded connection broke; the other kinds are an end of file."""

_ERRNO = re.compile(r"\[Errno -?\d+\] ")


def failure(error: BaseException) -> Failure | None:
    """What `error`, raised on an open connection, says of the peer; None: nothing."""
    for exception, kind in _KINDS:
        if isinstance(error, exception):
            return Failure(kind, str(error))
    return None


def reason(message: str) -> str:
    """The text of an OSError without its number, which differs between systems."""
    return _ERRNO.sub("", message, count=1)


def _end() -> None:
    """Nothing happens behind the end."""


class Reply:
    """A socket to read one recorded exchange from; nothing is behind it."""

    def __init__(self, response: Response | None, failed: Failure | None, read_on: ReadOn = _end) -> None:
        pieces = _wire(response, failed, read_on) if response else iter(())
        raised = _RAISED.get(failed.kind) if failed else None
        self._stream = _Stream(pieces, raised(reason(failed.message)) if failed and raised else None)

    def makefile(self, *_: object) -> io.BufferedReader:
        """The file that http.client reads; it outlives the socket, as a real one does."""
        return io.BufferedReader(self._stream)

    def settimeout(self, _timeout: float | None) -> None:
        """Nothing here waits."""

    def shutdown(self, _how: int) -> None:
        """Nothing more is to be read."""
        self._stream.stop()

    def close(self) -> None:
        """There is nothing to close."""


class _Stream(io.RawIOBase):
    """Pieces of bytes, one per read as segments arrive on a network, and then an error or the end."""

    def __init__(self, pieces: Iterator[bytes], error: Exception | None) -> None:
        self._pieces = pieces
        self._error = error
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # Any: typeshed's WriteableBuffer, known to checkers only
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                if self._error is not None:
                    raise self._error
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def stop(self) -> None:
        self._pieces, self._error, self._rest = iter(()), None, memoryview(b"")


def _wire(response: Response, failed: Failure | None, read_on: ReadOn) -> Iterator[bytes]:
    """The bytes of a response. One that was broken off or left lacks the end of its body.

    ``read_on`` is called when more is read than there is.
    """
    # http.client reads HTTP/1 only; a response recorded over HTTP/2 says the same in 1.1.
    version = "HTTP/1.0" if response.http_version == "HTTP/1.0" else "HTTP/1.1"
    lines = [f"{version} {response.status} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    yield "\r\n".join([*lines, "", ""]).encode("latin-1")
    if not _is_chunked(response.headers):
        yield from response.pieces()
        read_on()
        return
    for piece in filter(None, response.pieces()):
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    if failed is not None and failed.kind == "protocol":
        yield b"no chunk\r\n"
    elif failed is None and not response.truncated:
        yield b"0\r\n\r\n"
    else:
        read_on()


def watched(make: Callable[..., HTTPResponse], exchange: Exchange) -> Callable[..., HTTPResponse]:
    """A ``response_class`` that makes what `make` makes, reporting to `exchange` as it is read."""

    def response_class(*args: Any, **options: Any) -> HTTPResponse:  # Any: what `make` takes
        response = make(*args, **options)
        begin = response.begin

        def begun() -> None:
            del vars(response)["begin"]  # a circle would put off what the end of the response closes
            begin()
            _began(response, exchange)

        vars(response)["begin"] = begun
        return response

    return response_class


def _began(response: HTTPResponse, exchange: Exchange) -> None:
    """The head was parsed: from here on the body is what is read."""
    headers = Headers.of(response.headers.items())
    version = "HTTP/1.0" if response.version == 10 else "HTTP/1.1"
    exchange.began(Response(response.status, headers, reason=response.reason, http_version=version))
    chunked = _is_chunked(headers)
    if exchange.request.method == "HEAD" or (response.length == 0 and not chunked):
        exchange.ended()
    else:
        vars(response)["fp"] = _Tee(response.fp, exchange, _Chunks() if chunked else _Plain(response.length))


class _Body(Protocol):
    """Takes the framing off."""

    complete: bool  # the framing says that this was all
    unframed: bool  # the end of the connection is the end of the body

    def take(self, data: bytes) -> Iterable[bytes]:
        """The payload in `data`; ValueError where the framing is broken."""
        ...


class _Plain:
    """So many bytes, or (None) all until the connection ends."""

    def __init__(self, length: int | None) -> None:
        self._left = length
        self.complete = False
        self.unframed = length is None

    def take(self, data: bytes) -> Iterable[bytes]:
        if self._left is not None:
            self._left -= len(data)
            self.complete = self._left <= 0
        return (data,)


class _Chunks:
    """The chunked transfer coding (RFC 9112 section 7.1), however the reads fall on it."""

    unframed = False

    def __init__(self) -> None:
        self._left = 0  # of the chunk's payload
        self._line = b""
        self.complete = False

    def take(self, data: bytes) -> Iterable[bytes]:
        at = 0
        while at < len(data) and not self.complete:
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                yield piece
                continue
            end = data.find(b"\n", at) + 1
            self._line += data[at : end or len(data)]
            at = end or len(data)
            # The empty line is the one that ends a chunk; extensions are for the hop, not for us.
            if end and (size := self._line.partition(b";")[0].strip()):
                self._left = int(size, 16)
                self.complete = not self._left
            if end:
                self._line = b""


class _Tee:
    """The file under an `http.client.HTTPResponse`, telling an exchange what is taken from it."""

    def __init__(self, file: io.BufferedIOBase, exchange: Exchange, body: _Body) -> None:
        self._file = file
        self._exchange = exchange
        self._body = body

    def __getattr__(self, name: str) -> Any:  # Any: whatever else the file has
        return getattr(self._file, name)

    def read(self, size: int | None = -1) -> bytes:
        data: bytes = self._reading(self._file.read, size)
        wanted = -1 if size is None else size
        self._took(data, over=len(data) < wanted or wanted < 0, lost=0 <= len(data) < wanted)
        return data

    def read1(self, size: int = -1) -> bytes:
        data: bytes = self._reading(self._file.read1, size)
        self._took(data, over=not data and size != 0)
        return data

    def readline(self, limit: int | None = -1) -> bytes:
        data: bytes = self._reading(self._file.readline, limit)
        limited = limit is not None and len(data) == limit
        self._took(data, over=not data.endswith(b"\n") and not limited)
        return data

    def readinto(self, buffer: Any) -> int:  # Any: as in _Stream
        size: int = self._reading(self._file.readinto, buffer)
        short = size < len(buffer)
        self._took(bytes(buffer[:size]), over=short, lost=short)
        return size

    def close(self) -> None:
        try:
            self._file.close()
        finally:
            self._exchange.ended(truncated=True)  # unless it has ended before

    def _reading(self, read: Callable[..., Any], *args: Any) -> Any:  # Any: of each of the file's methods
        try:
            return read(*args)
        except Exception as error:
            broke = failure(error)
            if broke is not None:
                self._exchange.failed(broke)
            raise

    def _took(self, data: bytes, *, over: bool, lost: bool = False) -> None:
        """`over`: the connection ended; `lost`: within a chunk, and then http.client gives none of it."""
        try:
            if not (lost and isinstance(self._body, _Chunks)):
                for piece in self._body.take(data):
                    self._exchange.data(piece)
        except ValueError as error:
            self._exchange.failed(Failure("protocol", str(error)))
        if self._body.complete or (over and self._body.unframed):
            self._exchange.ended()
        elif over:
            self._exchange.failed(Failure("closed_early", "the connection ended in the middle of the body"))


def _is_chunked(headers: Headers) -> bool:
    """As http.client decides: what it does not take the framing off is kept with it."""
    return (headers.get("transfer-encoding") or "").lower() == "chunked"

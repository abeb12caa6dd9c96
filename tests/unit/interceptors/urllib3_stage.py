"""What the urllib3 tests stand on: servers that say exactly these bytes, proxies, a tape.

A scenario is a function that talks to a server and returns what it saw. `thrice` runs it bare,
recording, and replaying with sockets cut, and holds the three against each other.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Any, NoReturn

from api_mocker._core.exchange import Exchange
from api_mocker._runtime import Activation
from api_mocker.exceptions import NotRecorded
from api_mocker.interceptors import _seam
from api_mocker.interceptors import urllib3 as interceptor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api_mocker._core.model import Failure, Request, Response
    from api_mocker.exceptions import ApiMockerError

__all__ = [
    "Peer",
    "Server",
    "Tape",
    "cut",
    "failing",
    "listening",
    "proxying",
    "serving",
    "thrice",
    "tunnelling",
    "watched",
]


class Peer:
    """One request as it arrived, and the connection to answer it on."""

    def __init__(self, connection: socket.socket, head: bytes, body: bytes, frames: list[bytes]) -> None:
        self.connection = connection
        self.head = head
        self.body = body
        self.frames = frames  # the chunks of a chunked body, as framed on the wire
        self.method, self.target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")

    def say(self, data: bytes) -> None:
        """Sends exactly these bytes."""
        self.connection.sendall(data)

    def answer(self, body: bytes = b"", *headers: bytes, status: bytes = b"200 OK") -> None:
        """A whole answer with a Content-Length."""
        lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body)]
        self.say(b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if self.method == "HEAD" else body))

    def chunk(self, data: bytes) -> None:
        """One frame of a chunked body; the empty one ends it."""
        self.say(b"%x\r\n%s\r\n" % (len(data), data))

    def hang_up(self, *, reset: bool = False) -> NoReturn:
        """Ends the connection, with a TCP reset if asked."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Closed is a socket only when nobody holds it: the way out of the handler closes all.
        raise ConnectionAbortedError


def _received(stream: Any, connection: socket.socket) -> Peer | None:  # Any: a socket's file
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    fields = {name.strip().lower(): value.strip() for name, _, value in lines}
    frames: list[bytes] = []
    if fields.get(b"expect") == b"100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if fields.get(b"transfer-encoding") == b"chunked":
        while size := int(stream.readline(), 16):
            frames.append(stream.read(size))
            stream.readline()
        stream.readline()
    body = b"".join(frames) or stream.read(int(fields.get(b"content-length", b"0")))
    return Peer(connection, head, body, frames)


class Server:
    """A loopback listener; `handle` gets each connection, in a thread of its own."""

    def __init__(
        self,
        handle: Callable[[socket.socket], None],
        host: str = "127.0.0.1",
        scheme: str = "http",
        unix: str = "",
    ) -> None:
        self.seen: list[Peer] = []
        self.accepted = 0
        self._handle = handle
        if unix:
            self._listener, self.port = socket.socket(socket.AF_UNIX), 0
            self._listener.bind(unix)
            self._listener.listen()
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._listener = socket.create_server((host, 0), family=family)
            self.port = self._listener.getsockname()[1]
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self._start(self._accept)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._connections.append(connection)
            self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]  # bound early

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):  # the client left, or the script hung up
            self._handle(connection)

    def close(self) -> None:
        """Stops listening, and ends what a failed test left open."""
        self._listener.shutdown(socket.SHUT_RDWR)  # a blocked accept() keeps the socket alive
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # closed, or wrapped
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)


@contextmanager
def listening(handle: Callable[[socket.socket], None], **options: str) -> Iterator[Server]:
    """A listener whose connections are `handle`'s."""
    server = Server(handle, **options)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def serving(
    script: Callable[[Peer], None], tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", unix: str = ""
) -> Iterator[Server]:
    """An HTTP server; `script` answers each request."""

    def handle(connection: socket.socket) -> None:
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as stream:
            while connection.fileno() != -1 and (peer := _received(stream, connection)):
                server.seen.append(peer)
                script(peer)

    with listening(handle, host=host, unix=unix, scheme="https" if tls else "http") as server:
        yield server


@contextmanager
def tunnelling(answer: bytes = b"200 OK", tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A proxy that knows CONNECT, and answers it with this status."""

    def handle(connection: socket.socket) -> None:
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            peer = Peer(connection, head, b"", [])
            server.seen.append(peer)
            peer.say(b"HTTP/1.1 " + answer + b"\r\n\r\n")
            if not answer.startswith(b"200"):
                return
            host, _, port = peer.target.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port))) as target:
                back = threading.Thread(target=_pipe, args=(target, connection), daemon=True)
                back.start()
                _pipe(connection, target)
                back.join()

    with listening(handle, scheme="https" if tls else "http") as server:
        yield server


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying() -> Iterator[Server]:
    """A proxy that takes plain HTTP requests in absolute form, and answers them itself."""

    def script(peer: Peer) -> None:
        peer.answer(b"through the proxy: " + peer.target.encode())

    with serving(script) as server:
        yield server


class Tape:
    """The smallest engine: records in order, or replays what another tape recorded, in order."""

    name = "a tape"

    def __init__(self, recorded: Tape | None = None) -> None:
        self.refusals: list[ApiMockerError] = []
        self.passthrough: tuple[str, ...] = ()
        self.requests: list[Request] = []
        self.outcomes: list[tuple[Response | None, Failure | None]] = []
        self._lock = threading.RLock()
        self._left = (
            None if recorded is None else deque(zip(recorded.requests, recorded.outcomes, strict=True))
        )

    def open(self, request: Request) -> Exchange | None:
        """A live exchange, or the next recorded one, which must be for this very request."""
        with self._lock:
            self.requests.append(request)
            if self._left is None:
                place = len(self.outcomes)
                self.outcomes.append((None, None))

                def outcome(exchange: Exchange, response: Response | None, failure: Failure | None) -> None:
                    self.outcomes[place] = (response, failure)

                return Exchange(request, outcome=outcome)
            if not self._left or self._left[0][0] != request:
                error = NotRecorded(f"nothing recorded for {request!r}")
                self.refusals.append(error)
                raise error
            _, (response, failure) = self._left.popleft()
            return Exchange(request, response=response, failure=failure)

    @property
    def left(self) -> int:
        """How many interactions were not replayed."""
        return len(self._left or ())

    @property
    def response(self) -> Response:
        """The last response."""
        response = self.outcomes[-1][0]
        assert response is not None
        return response


@contextmanager
def watched(engine: Any, *, passive: bool = False) -> Iterator[None]:  # Any: whatever has `open`
    """Seams laid, and `engine` asked about every request of this context."""
    with ExitStack() as stack:
        for seam in interceptor.seams("urllib3"):
            stack.callback(_seam.lift, seam, _seam.lay("urllib3", seam))
        activation = Activation(engine, passive=passive)
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


def thrice(scenario: Callable[[], Any]) -> tuple[Any, Tape]:  # Any: whatever the scenario saw
    """What `scenario` sees bare, which must be what it sees recording and replaying; and the tape."""
    bare = scenario()
    tape = Tape()
    with watched(tape):
        assert scenario() == bare, "recording"
    replayed = Tape(tape)
    with watched(replayed), cut():
        assert scenario() == bare, "replaying"
    assert replayed.left == 0
    return bare, tape


def failing(call: Callable[[], object]) -> list[str]:
    """The exception that comes of `call` and those of the client that it wraps, by class."""
    try:
        call()
    except Exception as error:
        return list(_wrapped(error))
    raise AssertionError("it did not fail")


def _wrapped(error: BaseException) -> Iterator[str]:
    module = type(error).__module__
    if isinstance(error, IncompleteRead):
        return  # where in a chunk it broke off is told in the text alone
    if module.partition(".")[0] in {"urllib3", "requests", "botocore"}:
        yield f"{module}.{type(error).__qualname__}"
    if type(error).__name__ == "ProxyError" and module.startswith("urllib3"):
        return  # what kept us from the proxy is told in the text alone
    reason = getattr(error, "reason", None)
    for inner in [reason] if isinstance(reason, BaseException) else error.args:
        if isinstance(inner, BaseException):
            yield from _wrapped(inner)

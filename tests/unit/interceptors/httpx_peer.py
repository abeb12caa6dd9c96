"""Loopback servers that say exactly these bytes, over plain TCP or TLS.

A script answers each request with a `Peer` in hand, in a thread per connection, so that it may wait
for the test, break off or say what no HTTP server would.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

__all__ = ["Peer", "Server", "serving"]


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

    def hang_up(self, *, reset: bool = False) -> None:
        """Closes the connection, with a TCP reset if asked."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _received(connection: socket.socket) -> Peer | None:
    stream = connection.makefile("rb")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    frames: list[bytes] = []
    if fields.get(b"transfer-encoding") == b"chunked":
        while size := int(stream.readline(), 16):
            frames.append(stream.read(size))
            stream.readline()
        stream.readline()
        body = b"".join(frames)
    else:
        body = stream.read(int(fields.get(b"content-length", b"0")))
    return Peer(connection, head, body, frames)


class Server:
    """A loopback server; `script` answers each request, in a thread per connection."""

    def __init__(self, script: Callable[[Peer], None], tls: ssl.SSLContext | None) -> None:
        self.seen: list[Peer] = []
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}" if tls is None else f"https://localhost:{port}"
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
            self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self.converse(connection)
        except (OSError, ValueError):  # the client left, or the script hung up
            connection.close()

    def converse(self, connection: socket.socket) -> None:
        """Answers what comes over one connection, until either side has enough."""
        while connection.fileno() != -1 and (peer := _received(connection)):
            self.seen.append(peer)
            self._script(peer)

    def close(self) -> None:
        """Stops listening; what is still open ends with its client."""
        # A blocked accept() keeps the socket alive until it is shut down.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)


@contextmanager
def serving(
    script: Callable[[Peer], None], tls: ssl.SSLContext | None = None, kind: type[Server] = Server
) -> Iterator[Server]:
    """A running server."""
    server = kind(script, tls)
    try:
        yield server
    finally:
        server.close()

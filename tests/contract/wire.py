"""A real HTTP/1.1 server on loopback with full control over every byte that it sends.

Its strategy: an answer is a series of steps. Bytes are sent as they are, an event is waited for
(so that a test can say "the caller has this piece before the server sends the next one" without any
clock), and a `Break` ends the connection in one of the ways in which connections end. Every request
that was read in full is logged before it is answered: the log is the truth that a cassette is held
against.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Answer", "Ask", "Break", "Server", "Stage", "Step"]

PATIENCE = 20.0
"""Seconds until a gate that nobody opens is given up; only a broken run ever waits so long."""


class Break(Enum):
    """The ways in which a server ends a connection."""

    CLOSE = auto()
    """An orderly end: every byte sent arrives, then the stream is over."""
    RESET = auto()
    """The peer sees ECONNRESET."""
    SILENCE = auto()
    """Nothing more is sent until the client goes away."""


@dataclass(frozen=True)
class Ask:
    """One request as the server read it."""

    stage: Stage = field(repr=False)
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    nth: int
    """How many requests to the same path came before this one in the same run."""

    @property
    def path(self) -> str:
        """The path within the scenario, without the query."""
        return self.target.partition("?")[0].removeprefix(f"/{self.stage.name}")

    @property
    def query(self) -> str:
        """The query string."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """The first value of a header, empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def at(self, path: str) -> str:
        """The target of another path of this scenario."""
        return f"/{self.stage.name}{path}"


Step = bytes | threading.Event | Break
Answer = bytes | Callable[[Ask], Iterable[Step]]


class Stage:
    """What is being played: the answers, the gates and the log of one run of one scenario."""

    def __init__(self) -> None:
        self.set("", {})

    def set(self, name: str, answers: Mapping[str, Answer]) -> None:
        """Begins a run: the log is empty, the gates are shut, the counts are zero."""
        self.name = name
        self.answers = answers
        self.log: list[Ask] = []
        self.faults: list[str] = []
        self.counts: Counter[str] = Counter()
        self.gates: dict[str, threading.Event] = {}
        self._arrival = threading.Condition()

    def gate(self, name: str) -> threading.Event:
        """The gate of this name; shut until somebody sets it."""
        with self._arrival:
            return self.gates.setdefault(name, threading.Event())

    def enter(self, method: str, target: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Ask:
        """Logs one request."""
        with self._arrival:
            path = target.partition("?")[0]
            ask = Ask(self, method, target, headers, body, self.counts[path])
            self.counts[path] += 1
            self.log.append(ask)
            self._arrival.notify_all()
            return ask

    def crowd(self, size: int) -> None:
        """Waits until `size` requests have arrived, so that they overtake each other for certain."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.log) >= size, PATIENCE):
                self.faults.append(f"only {len(self.log)} of {size} requests came together")

    def steps(self, ask: Ask) -> Iterable[Step]:
        """The answer to `ask`: under its path, or under the path ``*``."""
        answer = self.answers.get(ask.path, self.answers.get("*"))
        if answer is None:
            self.faults.append(f"no answer for {ask.method} {ask.target}")
            return [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
        return [answer] if isinstance(answer, bytes) else answer(ask)


class _Handler(BaseRequestHandler):
    """One connection: reads requests, plays the steps of their answers."""

    server: _Listener  # pyright: ignore[reportIncompatibleVariableOverride]  # the one that made it
    request: socket.socket

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.server.context is not None:
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
            reader = self.request.makefile("rb")
            with reader:
                while self._serve_one(reader):
                    pass

    def finish(self) -> None:
        # The TLS socket is not the one that socketserver closes.
        self.request.close()

    def _serve_one(self, reader: BinaryIO) -> bool:
        stage = self.server.stage
        head = _read_head(reader)
        if head is None:
            return False
        method, target, headers = head
        if any(value.lower() == "100-continue" for name, value in headers if name.lower() == "expect"):
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        ask = stage.enter(method, target, headers, _read_body(reader, headers))
        steps = stage.steps(ask)
        for step in _only_head(steps) if method == "HEAD" else steps:
            if not self._play(step, stage, reader):
                return False
        return ask.header("connection").lower() != "close"

    def _play(self, step: Step, stage: Stage, reader: BinaryIO) -> bool:
        """One step; False when it ended the connection."""
        if isinstance(step, bytes):
            self.request.sendall(step)
            return True
        if isinstance(step, threading.Event):
            if not step.wait(PATIENCE):
                stage.faults.append("a gate was never opened: what the server had sent did not arrive")
            return True
        if step is Break.SILENCE:
            reader.read(1)
        elif step is Break.RESET:
            reader.close()
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
        return False


def _read_head(reader: BinaryIO) -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    line = reader.readline().decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    method, target, _ = line.split(" ")
    pairs = []
    while field_line := reader.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = field_line.partition(":")
        pairs.append((name, value.strip()))
    return method, target, tuple(pairs)


def _read_body(reader: BinaryIO, headers: Iterable[tuple[str, str]]) -> bytes:
    fields = {name.lower(): value for name, value in headers}
    if fields.get("transfer-encoding", "").lower() != "chunked":
        return reader.read(int(fields.get("content-length", "0")))
    body = bytearray()
    while size := int(reader.readline().split(b";")[0], 16):
        body += reader.read(size)
        reader.readline()
    while reader.readline().strip():
        pass
    return bytes(body)


def _only_head(steps: Iterable[Step]) -> Iterator[Step]:
    """A HEAD answer is the head of the GET answer (RFC 9110 section 9.3.2)."""
    for step in steps:
        if isinstance(step, bytes):
            head, end, _ = step.partition(b"\r\n\r\n")
            yield head + end
            return
        yield step


class _Abrupt(BaseRequestHandler):
    """Waits for the first byte, and resets the connection."""

    def handle(self) -> None:
        self.request.recv(1)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()


class _Listener(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        host: str,
        stage: Stage,
        context: ssl.SSLContext | None = None,
        handler: type[BaseRequestHandler] = _Handler,
    ) -> None:
        self.stage = stage
        self.context = context
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, 0), handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class Server:
    """The listeners of one test process: HTTP, HTTPS, HTTP over IPv6, and addresses that fail.

    ``bases`` maps what a scenario may ask for to the beginning of a URL:
    ``http``, ``https``, ``ipv6`` (absent where the machine has none); ``refused`` (nobody listens), ``mute``
    (accepts and never answers), ``abrupt`` (accepts, and resets at the first byte), ``full`` (never
    accepts), ``unknown`` (a name that does not resolve).
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self.stage = Stage()
        plain, secure = _Listener("127.0.0.1", self.stage), _Listener("127.0.0.1", self.stage, context)
        abrupt = _Listener("127.0.0.1", self.stage, handler=_Abrupt)
        self._listeners = [plain, secure, abrupt]
        self.bases = {
            "http": f"http://127.0.0.1:{plain.server_address[1]}",
            "https": f"https://127.0.0.1:{secure.server_address[1]}",
            "abrupt": f"127.0.0.1:{abrupt.server_address[1]}",
            "unknown": "http://nope.invalid",
        }
        with contextlib.suppress(OSError):
            self._listeners.append(_Listener("::1", self.stage))
            self.bases["ipv6"] = f"http://[::1]:{self._listeners[-1].server_address[1]}"
        nobody, mute, full = socket.socket(), socket.socket(), socket.socket()
        self._sockets = [nobody, mute, full]
        for name, bound in (("refused", nobody), ("mute", mute), ("full", full)):
            bound.bind(("127.0.0.1", 0))
            self.bases[name] = f"127.0.0.1:{bound.getsockname()[1]}"
        mute.listen(128)
        full.listen(0)
        self._sockets.append(socket.create_connection(full.getsockname()))

    def close(self) -> None:
        """Closes every listener and every socket."""
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()
        for bound in self._sockets:
            bound.close()

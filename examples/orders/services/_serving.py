"""What the four services share: a table of routes, served over HTTP/1.1 until asked to stop.

A route is a function from a `Call` to an `Answer`. An answer whose body is bytes goes out with a
Content-Length; one whose body is an iterator goes out chunked, each piece as soon as it is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from . import HOST, PORTS

__all__ = ["Answer", "Call", "Route", "json_answer", "serve"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a route sees it; `params` are the named groups of the route's pattern."""

    headers: Message[str, str]
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def host(self) -> str:
        """The authority under which the caller reached us, for absolute links."""
        return self.headers["Host"]

    # Any: JSON has no static type.
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route gives back."""

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Route = tuple[str, str, Callable[[Call], Answer]]
"""Method, pattern of the whole path, function."""


def json_answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON body, with the ETag that caches would ask for."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Answer(status, body, {"Content-Type": "application/json", "ETag": etag, **(headers or {})})


class _Server(ThreadingHTTPServer):
    # A client that keeps its connection open must not keep the process alive.
    daemon_threads = True

    def __init__(self, port: int, routes: Iterable[Route]) -> None:
        self.routes = [(method, re.compile(pattern), act) for method, pattern, act in routes]
        self.answered = 0
        self.lock = threading.Lock()
        super().__init__((HOST, port), _Handler)

    # Any: the signature is socketserver's.
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # socketserver sets its own

    def _handle(self) -> None:
        answer = self._answer()
        with self.server.lock:
            self.server.answered += 1
        self.send_response(answer.status)
        self.send_header("X-Request-Id", str(uuid.uuid4()))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in answer.body:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = _handle  # noqa: N815  # the names that http.server looks up

    def _answer(self) -> Answer:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for method, pattern, act in self.server.routes:
            found = pattern.fullmatch(url.path)
            if found and method == self.command:
                query = {name: values[-1] for name, values in parse_qs(url.query).items()}
                return act(Call(self.headers, found.groupdict(), query, body))
        return json_answer(404, {"error": "no_such_route", "path": url.path})

    def version_string(self) -> str:
        """The Server header, without the version of Python."""
        return "orders-example/1"

    # Any: the signature is http.server's.
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name for it
        """Stays quiet: the tests' output is what people want to read."""


def serve(name: str, routes: Iterable[Route]) -> None:
    """Serves `routes` until interrupted, terminated or (``--with-parent``) left alone.

    Prints the address when it accepts connections, and at the end how many requests it answered.
    """
    parser = argparse.ArgumentParser(prog=f"services.{name}")
    parser.add_argument(
        "--port", type=int, default=PORTS[name], help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input ends")
    options = parser.parse_args()
    try:
        server = _Server(options.port, routes)
    except OSError as error:
        raise SystemExit(f"{name}: cannot listen on {HOST}:{options.port}: {error.strerror}") from None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with server:
        if options.with_parent:
            # The parent decides; an interrupt from the keyboard reaches it as well.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            threading.Thread(target=_stop_without_parent, args=(server,), daemon=True).start()
        print(f"http://{HOST}:{server.server_port}", flush=True)
        try:
            with suppress(KeyboardInterrupt):
                server.serve_forever(poll_interval=0.05)
        finally:
            # os.write, which leaves nothing in a buffer when nobody reads it any more.
            with suppress(BrokenPipeError):
                os.write(1, b"%d requests answered\n" % server.answered)


def _stop_without_parent(server: _Server) -> None:
    # os.read and not sys.stdin: a thread that holds its lock would break the interpreter's exit.
    while os.read(0, 1024):
        pass
    server.shutdown()

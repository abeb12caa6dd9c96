"""The services that the examples talk to: a real server on loopback that answers for ``*.example.com``.

The law of this file: the examples in the pages are sent as they stand there. A client finds the server
through the proxy variables that every client honours, asks it for a tunnel, and speaks TLS with
it under a certificate authority of this run. Nothing leaves the machine, and no port or date of
the run gets into a cassette.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ["OFFLINE", "World"]

OFFLINE = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
"""For commands that replay: the way to the network leads to the port on which nobody listens."""

STATES = ("open", "packed", "sent")
EVENTS = b'event: state\ndata: {"state": "packed"}\n\n', b'event: state\ndata: {"state": "sent"}\n\n'
CATALOGUE = {"items": [{"sku": "TEA-100", "price": 1250}, {"sku": "MUG-7", "price": 1890}]}


class Ask(NamedTuple):
    """One request: its query, its body, and how often the same was asked since the last order."""

    query: dict[str, list[str]]
    body: bytes
    before: int


class Answer(NamedTuple):
    """What to answer. ``chunks`` are sent one by one; None: never answer, wait for the client to leave."""

    status: int
    chunks: tuple[bytes, ...] | None = ()
    headers: tuple[tuple[str, str], ...] = ()
    streamed: bool = False


def in_json(value: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
    content = json.dumps(value, separators=(",", ":")).encode()
    return Answer(status, (content,), (("Content-Type", "application/json"), *headers))


def _charge(ask: Ask) -> Answer:
    wanted = json.loads(ask.body)
    return in_json({"id": "ch_1", "status": "succeeded", **wanted}, 201)


def _token(ask: Ask) -> Answer:
    secret = parse_qs(ask.body.decode())["client_secret"]
    return in_json({"access_token": f"tok_{secret[0][::-1]}", "expires_in": 3600})


def _page(ask: Ask) -> Answer:
    names = ["Ada", "Grace", "Emmy", "Katherine"]
    page = int(ask.query.get("page", ["1"])[0])
    return in_json({"page": page, "names": names[2 * page - 2 : 2 * page]})


def _order(ask: Ask) -> Answer:
    return in_json({"id": 42, "state": STATES[min(ask.before, 2)]})


def _gzipped(_: Ask) -> Answer:
    content = gzip.compress(json.dumps(CATALOGUE, separators=(",", ":")).encode(), mtime=0)
    return Answer(200, (content,), (("Content-Type", "application/json"), ("Content-Encoding", "gzip")))


ROUTES: dict[str, Callable[[Ask], Answer]] = {
    "POST pay.example.com/charges": _charge,
    "POST pay.example.com/token": _token,
    "GET pay.example.com/balance": lambda _: in_json({"amount": 100, "currency": "EUR"}),
    "GET api.example.com/users": _page,
    "GET api.example.com/users/1": lambda _: in_json({"id": 1, "name": "Ada"}),
    "GET api.example.com/users/9": lambda _: in_json({"error": "no such user"}, 404),
    "POST api.example.com/orders": lambda ask: in_json({"id": 42, "state": "open"}, 201),
    "GET api.example.com/orders/42": _order,
    "GET api.example.com/orders/42/events": lambda _: Answer(
        200, EVENTS, (("Content-Type", "text/event-stream"),), streamed=True
    ),
    "GET api.example.com/catalogue": _gzipped,
    "GET api.example.com/old": lambda _: Answer(301, (), (("Location", "https://api.example.com/users/1"),)),
    "GET api.example.com/slow": lambda _: Answer(200, None),
}


class _Handler(BaseHTTPRequestHandler):
    """One connection: the tunnel, TLS, and then requests."""

    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made for no other

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name for it
        """Keeps quiet."""

    def do_CONNECT(self) -> None:  # the name that http.server looks for
        self.send_response_only(200)
        self.end_headers()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_GET(self) -> None:  # the name that http.server looks for
        where = urlsplit(self.path)
        place = f"{self.command} {self.headers['Host']}{where.path}"
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if place == "POST api.example.com/orders":
            self.server.seen.clear()
        before = self.server.seen[place]
        self.server.seen[place] += 1
        self.server.asked += 1
        self.answer(ROUTES[place](Ask(parse_qs(where.query), body, before)))

    do_POST = do_GET  # noqa: N815  # the name that http.server looks for

    def answer(self, answer: Answer) -> None:
        if answer.chunks is None:
            self.rfile.read(1)
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.streamed:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(sum(map(len, answer.chunks))))
        self.end_headers()
        for chunk in answer.chunks:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if answer.streamed else chunk)
        if answer.streamed:
            self.wfile.write(b"0\r\n\r\n")

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class _Server(ThreadingHTTPServer):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.context = context
        self.asked = 0
        self.seen: Counter[str] = Counter()  # since the last order was placed

    def handle_error(self, request: object, client_address: object) -> None:
        """A client may go at any time; whoever minds fails by itself."""


class World:
    """The services, running; ``environment`` leads clients to them, ``asked`` counts what arrived."""

    def __init__(self, context: ssl.SSLContext, ca: str) -> None:
        self._server = _Server(context)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        proxy = f"http://127.0.0.1:{self._server.server_port}"
        self.environment = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca}

    @property
    def asked(self) -> int:
        """How many requests have arrived."""
        return self._server.asked

    def close(self) -> None:
        """From now on, nobody answers."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

"""A server on loopback that answers as it is told, a recorder in front of it, and a search of what was written."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, unquote_plus

import urllib3

from .places import Exchange

__all__ = ["Service", "remains", "sends", "serving"]


class Service:
    """Knows what to answer to the exchange of each number."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.url = ""

    def add(self, exchange: Exchange) -> str:
        """The URL at which the exchange takes place."""
        self.exchanges.append(exchange)
        return f"{self.url}/x{len(self.exchanges) - 1}x{exchange.target}"


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: none waits for the acknowledgement of the other
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Keeps quiet."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            number = re.match(r"/x(\d+)x", self.path)
            assert number
            answer = service.exchanges[int(number[1])].answer
            self.send_response(answer.status, answer.reason)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", answer.kind)
            if not answer.chunks:
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            pieces = [answer.body[at : at + 7] for at in range(0, len(answer.body), 7)]
            for piece in [*pieces, b""]:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sends(service: Service, exchanges: Iterable[Exchange]) -> None:
    """The exchanges, one after the other, by a real client."""
    with urllib3.PoolManager() as pool:
        for exchange in exchanges:
            pool.request(
                "POST",
                service.add(exchange),
                body=exchange.body,
                headers=urllib3.HTTPHeaderDict(exchange.headers),
                redirect=False,
                retries=False,
            )


_SHORT = 7
_RUN = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_FOLDED = re.compile(r"(?<=[A-Za-z0-9+/])\n +(?=[A-Za-z0-9+/])")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[\"\\/nrt])")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if code[0] == "u" and len(code) > 1 else _PLAIN.get(code, code)

    return _ESCAPE.sub(plain, text)


def _from_base64(text: str) -> str:
    found = []
    for run in _RUN.findall(_FOLDED.sub("", text)):
        plain = run.replace("-", "+").replace("_", "/")
        for shift in range(4):
            piece = plain[shift:]
            piece = piece[: len(piece) - (len(piece) % 4 == 1)]
            try:
                found.append(base64.b64decode(piece + "=" * (-len(piece) % 4)).decode("latin-1"))
            except binascii.Error:
                continue
    return "\n".join(found)


def _readings(text: str) -> set[str]:
    """The text as it is, and decoded in each way, up to three times over."""
    seen, latest = {text}, {text}
    for _ in range(3):
        ways = (unquote, unquote_plus, html.unescape, _unescaped)
        latest = {way(reading) for reading in latest for way in ways} - seen
        seen |= latest
    return seen | {_from_base64(reading) for reading in seen}


def remains(texts: Iterable[str | Path], cores: Iterable[str]) -> set[str]:
    """Those of `cores` that are found in the texts and files, in any encoding."""
    joined = "\n".join(
        text.read_bytes().decode("utf-8", "replace") if isinstance(text, Path) else text for text in texts
    )
    readings = _readings(joined)
    # A folded scalar breaks a line at a blank.
    readings |= {re.sub(r"\s+", " ", reading) for reading in readings}
    return {core for core in cores if any(_holds(reading, core) for reading in readings)}


def _holds(reading: str, core: str) -> bool:
    if len(core) < _SHORT:  # so few digits stand in much else
        return re.search(rf"(?<![\w+/]){core}(?![\w+/])", reading) is not None
    return core in reading or core.encode().decode("latin-1") in reading

"""The clients themselves, down to the place where api-mocker steps in, and canned bytes there.

The law of this file: what these cost, no tool can take away that lets the client's own retries,
pools, redirects, decoding and streams run for real.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import httpx
import requests
import urllib3
from urllib3.connection import HTTPConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

__all__ = ["canned_httpx", "canned_requests"]


class _Socket:
    """Answers the last request line that was sent, from a dictionary of paths."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers
        self._sent = b""

    def sendall(self, data: bytes) -> None:
        self._sent = data

    def makefile(self, *_: object) -> BytesIO:
        content = self._answers[self._sent.split(b" ", 2)[1].decode()]
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        return BytesIO(head.encode() + content)

    def settimeout(self, _: float | None) -> None:
        """Nothing here waits."""

    def close(self) -> None:
        """Nothing is open."""


def canned_requests(answers: Mapping[str, bytes]) -> requests.Session:
    """Requests on urllib3 on http.client, and then `answers`, by path."""

    class Connection(HTTPConnection):
        is_connected = True

        def connect(self) -> None:
            vars(self)["sock"] = _Socket(answers)

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Connection

    session = requests.Session()
    manager = session.get_adapter("http://").poolmanager
    manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "http": Pool}
    return session


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


class _Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = self._answers[request.url.path]
        headers = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(content))]
        return httpx.Response(200, headers=headers, stream=_Stream(content))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def canned_httpx(answers: Mapping[str, bytes], kind: type[httpx.Client | httpx.AsyncClient]) -> object:
    """Httpx above a transport that streams `answers`, by path."""
    return kind(transport=_Transport(answers))

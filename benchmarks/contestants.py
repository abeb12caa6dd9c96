"""Who is compared: the bare clients, api-mocker, and its peers, each in its documented way of use.

The law of this file: all answer the same requests with the same bodies, through clients of the
same make. A contestant whose package is not installed does not take part.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import requests
import urllib3
from canned import canned_httpx, canned_requests
from requests.adapters import HTTPAdapter
from tapes import HOST, Tapes, body, url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["FLOOR", "Contestant", "contestants"]

FLOOR = "bare client"
ALL = ("requests", "httpx", "httpx async")

_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Contestant:
    """A tool: the package it needs, the clients it serves, and how it answers.

    ``playing(client, tapes, size)`` is a context manager in which the client that it yields is
    answered from a cassette (or a registry) of `size` exchanges.
    """

    name: str
    package: str
    clients: tuple[str, ...]
    playing: Callable[[str, Tapes, int], AbstractContextManager[Any]]  # Any: one of three clients
    has_files: bool = False


@cache
def client(name: str) -> Any:  # Any: one of three
    """One client of each make, as a suite that shares its client has it."""
    return {"requests": requests.Session, "httpx": httpx.Client, "httpx async": httpx.AsyncClient}[name]()


class _Answering(HTTPAdapter):
    """The least that an adapter can do: a dictionary and requests' own response."""

    answers: dict[str, bytes]

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        content = self.answers[request.url or ""]
        headers = {**_JSON, "Content-Length": str(len(content))}
        raw = urllib3.HTTPResponse(
            BytesIO(content), headers, 200, reason="OK", preload_content=False, request_method="GET"
        )
        return self.build_response(request, raw)


@cache
def _bare(name: str, size: int) -> Any:
    answers = {url(number): body(number) for number in range(size)}
    if name == "requests":
        session, adapter = requests.Session(), _Answering()
        adapter.answers = answers
        session.mount("http://", adapter)
        return session

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=_JSON, content=answers[str(request.url)])

    kind = httpx.Client if name == "httpx" else httpx.AsyncClient
    return kind(transport=httpx.MockTransport(answer))


@contextmanager
def _floor(name: str, _: Tapes, size: int) -> Iterator[Any]:
    yield _bare(name, size)


@cache
def _on_canned_bytes(name: str, size: int) -> Any:
    answers = {url(number).removeprefix(HOST): body(number) for number in range(size)}
    if name == "requests":
        return canned_requests(answers)
    return canned_httpx(answers, httpx.Client if name == "httpx" else httpx.AsyncClient)


@contextmanager
def _canned(name: str, _: Tapes, size: int) -> Iterator[Any]:
    yield _on_canned_bytes(name, size)


@contextmanager
def _api_mocker(name: str, tapes: Tapes, size: int) -> Iterator[Any]:
    import api_mocker

    with api_mocker.use_cassette(tapes.path("api-mocker", size), unused="ignore"):
        yield client(name)


@contextmanager
def _declared(name: str, _: Tapes, size: int) -> Iterator[Any]:
    import api_mocker

    with api_mocker.mock(unused="ignore") as mock:
        for number in range(size):
            mock.get(url(number)).respond_with(content=body(number), headers=_JSON)
        yield client(name)


@contextmanager
def _cassetter(name: str, tapes: Tapes, size: int) -> Iterator[Any]:
    import cassetter

    with cassetter.use_cassette(tapes.path("cassetter", size), record_mode="none"):
        yield client(name)


@contextmanager
def _vcrpy(name: str, tapes: Tapes, size: int) -> Iterator[Any]:
    import vcr

    with vcr.use_cassette(str(tapes.path("vcrpy", size)), record_mode="none"):
        yield client(name)


@contextmanager
def _betamax(name: str, tapes: Tapes, size: int) -> Iterator[Any]:
    from betamax import Betamax

    path = tapes.path("betamax", size)
    with Betamax(client(name), cassette_library_dir=str(path.parent)).use_cassette(path.stem, record="none"):
        yield client(name)


@contextmanager
def _responses(name: str, _: Tapes, size: int) -> Iterator[Any]:
    import responses

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for number in range(size):
            mock.get(url(number), body=body(number), headers=_JSON)
        yield client(name)


@contextmanager
def _requests_mock(name: str, _: Tapes, size: int) -> Iterator[Any]:
    import requests_mock

    with requests_mock.Mocker() as mock:
        for number in range(size):
            mock.get(url(number), content=body(number), headers=_JSON)
        yield client(name)


@contextmanager
def _respx(name: str, _: Tapes, size: int) -> Iterator[Any]:
    import respx

    with respx.mock(assert_all_called=False) as mock:
        for number in range(size):
            mock.get(url(number)).respond(content=body(number), headers=_JSON)
        yield client(name)


@contextmanager
def _pytest_httpx(name: str, _: Tapes, size: int) -> Iterator[Any]:
    # What its fixture does: it cannot be had outside of pytest.
    from unittest.mock import patch

    from pytest_httpx import HTTPXMock
    from pytest_httpx._options import _HTTPXMockOptions

    mock = HTTPXMock(_HTTPXMockOptions())
    for number in range(size):
        mock.add_response(url=url(number), content=body(number), headers=_JSON)

    # Functions, which a class hands the transport; bound methods would not get it.
    def sync(*both: Any) -> httpx.Response:
        return mock._handle_request(*both)

    def asynchronous(*both: Any) -> Any:
        return mock._handle_async_request(*both)

    with (
        patch.object(httpx.HTTPTransport, "handle_request", sync),
        patch.object(httpx.AsyncHTTPTransport, "handle_async_request", asynchronous),
    ):
        yield client(name)


_TABLE = (
    Contestant(FLOOR, "httpx", ALL, _floor),
    Contestant("bare client on canned bytes", "httpx", ALL, _canned),
    Contestant("api-mocker", "api_mocker", ALL, _api_mocker, has_files=True),
    Contestant("api-mocker, declared", "api_mocker", ALL, _declared),
    Contestant("cassetter", "cassetter", ALL, _cassetter, has_files=True),
    Contestant("vcrpy", "vcr", ALL, _vcrpy, has_files=True),
    Contestant("betamax", "betamax", ("requests",), _betamax, has_files=True),
    Contestant("requests-mock", "requests_mock", ("requests",), _requests_mock),
    Contestant("responses", "responses", ("requests",), _responses),
    Contestant("respx", "respx", ("httpx", "httpx async"), _respx),
    Contestant("pytest-httpx", "pytest_httpx", ("httpx", "httpx async"), _pytest_httpx),
)


def contestants(name: str) -> list[Contestant]:
    """Those that serve this client and are installed."""
    return [each for each in _TABLE if name in each.clients and find_spec(each.package)]
